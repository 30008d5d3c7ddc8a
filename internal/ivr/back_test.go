package ivr

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Days are those of the person's calendar, times those of the wall.
func TestWhen(t *testing.T) {
	zone := time.FixedZone("there", -5*3600)
	at := func(year int, month time.Month, day, hour, minute int) time.Time {
		return time.Date(year, month, day, hour, minute, 0, 0, zone)
	}
	for _, tt := range []struct {
		at, now         time.Time
		city            string
		english, french string
	}{
		{at(2026, 11, 23, 9, 5), at(2026, 11, 23, 9, 6), "", "today at 9:05 AM", "aujourd'hui à 9 h 05"},
		{at(2026, 11, 23, 9, 5), at(2026, 11, 23, 23, 59), "", "today at 9:05 AM", "aujourd'hui à 9 h 05"},
		{at(2026, 11, 22, 23, 59), at(2026, 11, 23, 0, 1), "", "yesterday at 11:59 PM", "hier à 23 h 59"},
		{at(2026, 11, 22, 12, 0), at(2026, 11, 23, 20, 0), "", "yesterday at 12:00 PM", "hier à 12 h"},
		{at(2026, 11, 23, 14, 30), at(2026, 11, 25, 8, 0), "", "on Monday, November 23 at 2:30 PM", "le lundi 23 novembre à 14 h 30"},
		{at(2026, 12, 1, 0, 5), at(2026, 12, 9, 8, 0), "", "on Tuesday, December 1 at 12:05 AM", "le mardi 1er décembre à 0 h 05"},
		{at(2025, 8, 2, 9, 0), at(2026, 1, 2, 8, 0), "", "on Saturday, August 2, 2025 at 9:00 AM", "le samedi 2 août 2025 à 9 h"},
		{at(2025, 12, 31, 9, 0), at(2026, 1, 1, 8, 0), "", "yesterday at 9:00 AM", "hier à 9 h"},
		{at(2026, 11, 23, 9, 5), at(2026, 11, 23, 10, 0), "Toronto", "today at 9:05 AM, Toronto time", "aujourd'hui à 9 h 05, heure de Toronto"},
	} {
		back := Back{At: tt.at, Now: tt.now, City: tt.city}
		if got := back.when(English); got != tt.english {
			t.Errorf("%v at %v: %q, want %q", tt.at, tt.now, got, tt.english)
		}
		if got := back.when(French); got != tt.french {
			t.Errorf("%v at %v: %q, want %q", tt.at, tt.now, got, tt.french)
		}
	}
}

// returned makes a script the one of somebody who calls back.
func returned(s Script, given int) Script {
	at := time.Date(2026, 11, 23, 9, 5, 0, 0, time.UTC)
	s.Back, s.Given, s.Voicemail = &Back{At: at, Now: at.Add(3 * time.Hour)}, given, ""
	return s
}

// silent leaves only who called, when and why: nothing is pending, or consent
// does not hold.
func silent(s Script) Script {
	s.Text, s.Choices = "", nil
	return s
}

func TestCallBackIsHeard(t *testing.T) {
	english, french := returned(mill(), 0), returned(usine(), 0)
	for _, tt := range []struct {
		name   string
		script Script
		want   string
	}{
		{"pending", english, "You are returning an automated call from Northern Timber for Amélie, made today at 9:05 AM, about tomorrow's shift. " +
			"Reach us at 4 1 6, 5 5 5, 0 1 2 3, or 12 Mill Road, Thunder Bay. Press 9 to stop these calls, 8 if you are not Amélie. " +
			"Hello Amélie. The plant is closed tomorrow & the day after; can you come on Thursday? " +
			"Press 1 if you can come. Press 2 if you cannot come. Press 0 to hear this again."},
		{"pending", french, "Vous rappelez après un appel automatisé de Usine Bélanger pour Amélie, fait aujourd'hui à 9 h 05, au sujet de l'horaire de demain. " +
			"Pour nous joindre: 5 1 4, 5 5 5, 0 1 2 3, ou 12, rue du Moulin, Laval. Faites le 9 pour ne plus recevoir ces appels, le 8 si vous n'êtes pas Amélie. " +
			"Bonjour Amélie. L'usine est fermée demain. Pouvez-vous venir jeudi? Pour dire oui, faites le 1. Pour dire non, faites le 2. Pour réécouter, faites le 0."},
		{"nothing pending", silent(english), "You are returning an automated call from Northern Timber for Amélie, made today at 9:05 AM, about tomorrow's shift. " +
			"Reach us at 4 1 6, 5 5 5, 0 1 2 3, or 12 Mill Road, Thunder Bay. Press 9 to stop these calls, 8 if you are not Amélie. Press 0 to hear this again."},
		{"answered", returned(mill(), 2), "You are returning an automated call from Northern Timber for Amélie, made today at 9:05 AM, about tomorrow's shift. " +
			"Reach us at 4 1 6, 5 5 5, 0 1 2 3, or 12 Mill Road, Thunder Bay. Press 9 to stop these calls, 8 if you are not Amélie. " +
			"You have already answered: you cannot come. Thank you. Press 0 to hear this again."},
		{"answered", returned(usine(), 1), "Vous rappelez après un appel automatisé de Usine Bélanger pour Amélie, fait aujourd'hui à 9 h 05, au sujet de l'horaire de demain. " +
			"Pour nous joindre: 5 1 4, 5 5 5, 0 1 2 3, ou 12, rue du Moulin, Laval. Faites le 9 pour ne plus recevoir ces appels, le 8 si vous n'êtes pas Amélie. " +
			"Vous avez déjà répondu: dire oui. Merci. Pour réécouter, faites le 0."},
	} {
		doc, effect := Respond(tt.script, Answered(), action)
		if got := heard(t, doc); got != tt.want || effect.Kind != Spoke {
			t.Errorf("%s, %s: %v\n%s\nwant\n%s", tt.name, tt.script.Language, effect, got, tt.want)
		}
	}
}

func TestCallBackConversations(t *testing.T) {
	pending, nothing, answered := returned(mill(), 0), silent(returned(mill(), 0)), returned(mill(), 1)
	for _, tt := range []struct {
		name   string
		script Script
		keys   []string
		want   []Kind
		last   Effect
	}{
		{"answer", pending, []string{"1"}, []Kind{Spoke, Answer}, Effect{Kind: Answer, Answer: 1, Ends: true}},
		{"repeat, wrong, answer", pending, []string{"0", "7", "2"}, []Kind{Spoke, Repeat, WrongKey, Answer}, Effect{Kind: Answer, Answer: 2, Ends: true}},
		{"stop", pending, []string{"early 9", "9"}, []Kind{Spoke, Stop, StopAll}, Effect{Kind: StopAll, Ends: true}},
		{"nothing to answer", nothing, []string{"1", "0", ""}, []Kind{Spoke, WrongKey, Repeat, NoKey}, Effect{Kind: NoKey, Ends: true}},
		{"nothing to answer, not me", nothing, []string{"8", "1"}, []Kind{Spoke, NotMe, Ended}, Effect{Kind: Ended, Ends: true}},
		{"answered before", answered, []string{"2"}, []Kind{Spoke, Ended}, Effect{Kind: Ended, Ends: true}},
		{"answered before, stop", answered, []string{"9"}, []Kind{Spoke, Stop}, Effect{Kind: Stop}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kinds, last := walk(t, tt.script, tt.keys...)
			if !slices.Equal(kinds, tt.want) || last != tt.last {
				t.Errorf("%v, last %+v; want %v, last %+v", kinds, last, tt.want, tt.last)
			}
		})
	}
	// Nobody who was asked nothing is told that their answer is missing.
	doc, _ := Respond(nothing, Pressed(Step{Part: PartChoices, Wrong: maxWrong, Heard: 1}, "5"), action)
	if got := heard(t, doc); got != "Goodbye." {
		t.Errorf("at the end of a call that asked nothing: %q", got)
	}
	doc, _ = Respond(nothing, Pressed(Step{Part: PartChoices, Heard: 1}, "5"), action)
	if got := heard(t, doc); !strings.Contains(got, "Press 9 to stop") {
		t.Errorf("a wrong key where nothing is asked: %q", got)
	}
}
