package ivr

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/carriersim/twiml"
)

var update = flag.Bool("update", false, "write the golden files anew")

func action(step Step) string {
	return "https://callshu.example/webhooks/twilio/gather?attempt=7c9e&step=" + url.QueryEscape(step.String())
}

func mill() Script {
	return Script{
		Employer: "Northern Timber", FirstName: "Amélie", Purpose: "tomorrow's shift",
		CallbackNumber: "+14165550123", ContactAddress: "12 Mill Road, Thunder Bay",
		Text:      "Hello {{first_name}}. The plant is closed tomorrow & the day after; can you come on Thursday?",
		Choices:   []Choice{{Key: 1, Label: "you can come"}, {Key: 2, Label: "you cannot come"}},
		Voicemail: "The plant is closed tomorrow", Language: English,
	}
}

func usine() Script {
	return Script{
		Employer: "Usine Bélanger", FirstName: "Amélie", Purpose: "l'horaire de demain",
		CallbackNumber: "+15145550123", ContactAddress: "12, rue du Moulin, Laval",
		Text:      "Bonjour {{first_name}}. L'usine est fermée demain. Pouvez-vous venir jeudi?",
		Choices:   []Choice{{Key: 1, Label: "dire oui"}, {Key: 2, Label: "dire non"}},
		Voicemail: "L'usine est fermée demain.", Language: French, Voice: VoiceFor(French, "male"),
	}
}

// heard returns everything that a document says, in order.
func heard(t testing.TB, doc []byte) string {
	t.Helper()
	verbs, problems := twiml.Parse(doc, twiml.Voice)
	if len(problems) > 0 {
		t.Fatalf("a strict reader finds %v in\n%s", problems, doc)
	}
	var said []string
	var walk func([]twiml.Verb)
	walk = func(verbs []twiml.Verb) {
		for _, v := range verbs {
			if v.Name == "Say" {
				said = append(said, v.Text)
			}
			walk(v.Nested)
		}
	}
	walk(verbs)
	return strings.Join(said, " ")
}

func TestGolden(t *testing.T) {
	for language, s := range map[string]Script{"en": mill(), "fr": usine()} {
		for name, event := range map[string]Event{
			"answered": Answered(), "machine": Machine(), "stranger": Stranger(), "withheld": Withheld(),
			"chosen":  Pressed(Step{Part: PartChoices, Heard: 1}, "1"),
			"stop":    Pressed(Step{Part: PartMessage}, "9"),
			"stopall": Pressed(Step{Part: PartWidest}, "9"),
			"notme":   Pressed(Step{Part: PartMessage}, "8"),
			"wrong":   Pressed(Step{Part: PartChoices, Heard: 1}, "5"),
			"nokey":   Pressed(Step{Part: PartChoices, Silences: 1, Heard: 1}, ""),
		} {
			doc, _ := Respond(s, event, action)
			heard(t, doc)
			path := filepath.Join("testdata", name+"."+language+".xml")
			if *update {
				if err := os.WriteFile(path, doc, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(doc, want) {
				t.Errorf("%s: got\n%s\nwant\n%s", path, doc, want)
			}
		}
	}
}

// walk plays keys to a call until it ends and returns the kinds of what
// happened; "" is silence.
func walk(t *testing.T, s Script, keys ...string) (kinds []Kind, last Effect) {
	t.Helper()
	doc, effect := Respond(s, Answered(), action)
	kinds = append(kinds, effect.Kind)
	for _, key := range keys {
		if effect.Ends {
			t.Fatalf("the call ended before key %q, after %v", key, kinds)
		}
		step, posted := stepFor(t, doc, key)
		if !posted {
			return kinds, effect
		}
		doc, effect = Respond(s, Pressed(step, strings.TrimPrefix(key, "early ")), action)
		kinds = append(kinds, effect.Kind)
	}
	return kinds, effect
}

// stepFor returns where the carrier would post a key: to the first Gather when
// it comes early, to the last otherwise, and silence only where it is asked for.
func stepFor(t *testing.T, doc []byte, key string) (Step, bool) {
	t.Helper()
	verbs, _ := twiml.Parse(doc, twiml.Voice)
	verbs = slices.DeleteFunc(verbs, func(v twiml.Verb) bool { return v.Name != "Gather" })
	if len(verbs) == 0 {
		t.Fatalf("no Gather in\n%s", doc)
	}
	gather := verbs[len(verbs)-1]
	if strings.HasPrefix(key, "early ") {
		gather = verbs[0]
	}
	if key == "" && gather.Attrs["actionOnEmptyResult"] != "true" {
		return Step{}, false
	}
	address, err := url.Parse(gather.Attrs["action"])
	if err != nil {
		t.Fatal(err)
	}
	step, err := ParseStep(address.Query().Get("step"))
	if err != nil {
		t.Fatal(err)
	}
	return step, true
}

func TestConversations(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys []string
		want []Kind
		last Effect
	}{
		{"answer", []string{"1"}, []Kind{Spoke, Answer}, Effect{Kind: Answer, Answer: 1, Ends: true}},
		{"answer before the message ended", []string{"early 2"}, []Kind{Spoke, Answer}, Effect{Kind: Answer, Answer: 2, Early: true, Ends: true}},
		{"stop at once", []string{"early 9"}, []Kind{Spoke, Stop}, Effect{Kind: Stop}},
		{"stop, then everything", []string{"9", "9"}, []Kind{Spoke, Stop, StopAll}, Effect{Kind: StopAll, Ends: true}},
		{"stop, then silence", []string{"9", ""}, []Kind{Spoke, Stop}, Effect{Kind: Stop}},
		{"stop, then another key", []string{"9", "1"}, []Kind{Spoke, Stop, Ended}, Effect{Kind: Ended, Ends: true}},
		{"not me, then everything", []string{"8", "9"}, []Kind{Spoke, NotMe, StopAll}, Effect{Kind: StopAll, Ends: true}},
		{"not me, twice", []string{"8", "8"}, []Kind{Spoke, NotMe, Ended}, Effect{Kind: Ended, Ends: true}},
		{"repeat, then answer", []string{"0", "1"}, []Kind{Spoke, Repeat, Answer}, Effect{Kind: Answer, Answer: 1, Ends: true}},
		{"heard, repeated, answered at its start", []string{"0", "early 1"}, []Kind{Spoke, Repeat, Answer}, Effect{Kind: Answer, Answer: 1, Ends: true}},
		{"repeated at its start, then answered early", []string{"early 0", "early 1"}, []Kind{Spoke, Repeat, Answer}, Effect{Kind: Answer, Answer: 1, Early: true, Ends: true}},
		{"repeat without end", []string{"0", "0", "0", "0", "0", "0"}, []Kind{Spoke, Repeat, Repeat, Repeat, Repeat, Repeat, NoKey}, Effect{Kind: NoKey, Ends: true}},
		{"wrong key, then right", []string{"7", "1"}, []Kind{Spoke, WrongKey, Answer}, Effect{Kind: Answer, Answer: 1, Ends: true}},
		{"wrong key early, then right", []string{"early 7", "1"}, []Kind{Spoke, WrongKey, Answer}, Effect{Kind: Answer, Answer: 1, Early: true, Ends: true}},
		{"wrong twice, then right", []string{"5", "#", "2"}, []Kind{Spoke, WrongKey, WrongKey, Answer}, Effect{Kind: Answer, Answer: 2, Ends: true}},
		{"wrong three times", []string{"5", "*", "6"}, []Kind{Spoke, WrongKey, WrongKey, NoKey}, Effect{Kind: NoKey, Ends: true}},
		{"wrong, then stop", []string{"5", "9"}, []Kind{Spoke, WrongKey, Stop}, Effect{Kind: Stop}},
		{"silence, then answer", []string{"", "1"}, []Kind{Spoke, Repeat, Answer}, Effect{Kind: Answer, Answer: 1, Ends: true}},
		{"silence twice", []string{"", ""}, []Kind{Spoke, Repeat, NoKey}, Effect{Kind: NoKey, Ends: true}},
		{"everything wrong", []string{"", "5", "0", "6", "3"}, []Kind{Spoke, Repeat, WrongKey, Repeat, WrongKey, NoKey}, Effect{Kind: NoKey, Ends: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kinds, last := walk(t, mill(), tt.keys...)
			if !slices.Equal(kinds, tt.want) || last != tt.last {
				t.Errorf("%v, last %+v; want %v, last %+v", kinds, last, tt.want, tt.last)
			}
		})
	}
}

func TestWhatIsHeard(t *testing.T) {
	doc, _ := Respond(mill(), Answered(), action)
	text := heard(t, doc)
	at := -1
	for _, part := range []string{
		"automated call from Northern Timber for Amélie, about tomorrow's shift", "4 1 6, 5 5 5, 0 1 2 3", "12 Mill Road",
		"Press 9 to stop these calls, 8 if you are not Amélie", "Hello Amélie. The plant is closed tomorrow & the day after",
		"Press 1 if you can come. Press 2 if you cannot come. Press 0 to hear this again.",
	} {
		next := strings.Index(text, part)
		if next <= at {
			t.Errorf("%q is not heard in its place: %s", part, text)
		}
		at = next
	}
	if strings.Count(text, "automated call from") != 1 {
		t.Errorf("a short call identifies itself once: %s", text)
	}
}

func TestLongCallIdentifiesItselfAgain(t *testing.T) {
	s := mill()
	s.Text = strings.Repeat("The plant stays closed. ", 30)
	if s.Seconds() <= longCall {
		t.Fatalf("%d s are not long", s.Seconds())
	}
	doc, _ := Respond(s, Answered(), action)
	text := heard(t, doc)
	if last := strings.LastIndex(text, "automated call from Northern Timber"); last < strings.Index(text, "Press 0") {
		t.Errorf("not identified at the end: %s", text)
	}
}

func TestPersonWithoutAName(t *testing.T) {
	for _, s := range []Script{mill(), usine()} {
		s.FirstName = ""
		for _, event := range []Event{Answered(), Pressed(Step{Part: PartChoices}, "1"), Machine()} {
			doc, _ := Respond(s, event, action)
			text := heard(t, doc)
			for _, gap := range []string{"for ,", "pour ,", ", .", "not .", "pas .", "{", "}"} {
				if strings.Contains(text, gap) {
					t.Errorf("%q is heard in %q", gap, text)
				}
			}
		}
	}
}

// Facts come from employers and imports: they must not name a place in our
// sentences, break the XML, or hide characters in it.
func TestFactsAreOnlySpoken(t *testing.T) {
	s := mill()
	s.FirstName, s.Employer, s.Choices[0].Label = "{key}{label}", "A\u202e\u200b<Record/> & \x07Co", "come {number}."
	doc, _ := Respond(s, Pressed(Step{Part: PartChoices}, "1"), action)
	if text, want := heard(t, doc), "You pressed 1: come number. Thank you, key label. Goodbye."; text != want {
		t.Errorf("heard %q, want %q", text, want)
	}
	doc, _ = Respond(s, Answered(), action)
	if text, want := heard(t, doc), "This is an automated call from A<Record/> & Co for key label,"; !strings.HasPrefix(text, want) {
		t.Errorf("heard %q, want %q", text, want)
	}
}

func TestVoicemail(t *testing.T) {
	doc, effect := Respond(mill(), Machine(), action)
	text := heard(t, doc)
	for _, part := range []string{"automated call from Northern Timber", "4 1 6, 5 5 5, 0 1 2 3", "The plant is closed tomorrow.", "call this number back and press 9"} {
		if !strings.Contains(text, part) {
			t.Errorf("voicemail lacks %q: %s", part, text)
		}
	}
	if effect != (Effect{Kind: LeftVoicemail, Ends: true}) {
		t.Errorf("%+v", effect)
	}
	silent := mill()
	silent.Voicemail = " \n"
	doc, effect = Respond(silent, Machine(), action)
	if heard(t, doc) != "" || effect != (Effect{Kind: NoVoicemail, Ends: true}) {
		t.Errorf("without a text: %+v %s", effect, doc)
	}
}

func TestSlow(t *testing.T) {
	again := "https://callshu.example/webhooks/twilio/voice?attempt=7&try=1&digits=9"
	for tries := range MaxSlow {
		doc, ends := Slow(tries, again)
		verbs, problems := twiml.Parse(doc, twiml.Voice)
		if ends || len(problems) > 0 || len(verbs) != 2 || verbs[0].Name != "Pause" || verbs[1].Name != "Redirect" || verbs[1].Text != again {
			t.Errorf("try %d: %v %v %s", tries, ends, problems, doc)
		}
	}
	for _, tries := range []int{MaxSlow, MaxSlow + 1, -1} {
		doc, ends := Slow(tries, again)
		if !ends || !bytes.Equal(doc, HangUp()) {
			t.Errorf("try %d: %v %s", tries, ends, doc)
		}
	}
}

func TestMerge(t *testing.T) {
	fields := map[string]string{"first_name": "{{employer}} <b>", "employer": "Mill"}
	for _, tt := range []struct{ text, want, problem string }{
		{"Hello {{first_name}}!", "Hello {{employer}} <b>!", ""},
		{"{{ employer }}{{employer}}", "MillMill", ""},
		{"plain", "plain", ""}, {"", "", ""},
		{"Hi {{nickname}}", "", "{{nickname}}"},
		{"Hi {{First_Name}}", "", "{{First_Name}}"},
		{"Hi {{}}", "", "{{}}"},
		{"Hi {first_name}", "", "{{first_name}}"},
		{"Hi {{first_name", "", "brace"}, {"Hi first_name}}", "", "brace"}, {"{{{first_name}}}", "", "brace"}, {"{{a{{b}}", "", "brace"},
		{"{{" + strings.Repeat("x", 100) + "}}", "", strings.Repeat("x", 40) + "…"},
	} {
		got, err := Merge(tt.text, fields)
		if got != tt.want || (err == nil) != (tt.problem == "") {
			t.Errorf("Merge(%q) = %q, %v", tt.text, got, err)
			continue
		}
		if err != nil && (!strings.Contains(err.Error(), tt.problem) || !strings.Contains(err.Error(), "write {{first_name}}")) {
			t.Errorf("Merge(%q): %v does not name %q", tt.text, err, tt.problem)
		}
		if problem := CheckMerge(tt.text); (problem == nil) != (err == nil) {
			t.Errorf("CheckMerge(%q): %v", tt.text, problem)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, good := range []Script{mill(), usine()} {
		if err := good.Validate(); err != nil {
			t.Error(err)
		}
	}
	for want, change := range map[string]func(*Script){
		"employer is missing": func(s *Script) { s.Employer = " " }, "text is missing": func(s *Script) { s.Text = "\x01" },
		"language": func(s *Script) { s.Language = "de" }, "key 8": func(s *Script) { s.Choices[0].Key = 8 }, "key 0": func(s *Script) { s.Choices[0].Key = 0 },
		"key 2 cannot": func(s *Script) { s.Choices[0].Key = 2 }, "no label": func(s *Script) { s.Choices[0].Label = "" },
		"{{nick}}": func(s *Script) { s.Text = "Hi {{nick}}" }, "longer than": func(s *Script) { s.Voicemail = strings.Repeat("a", maxText+1) },
		"callback number": func(s *Script) { s.CallbackNumber = "" },
	} {
		s := mill()
		change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestSeconds(t *testing.T) {
	for text, want := range map[string]int{"": 0, "one": 1, strings.Repeat("word ", 150): 60, strings.Repeat("word ", 151): 61} {
		if got := Seconds(text); got != want {
			t.Errorf("%d words: %d s, want %d", len(strings.Fields(text)), got, want)
		}
	}
}

func TestStepsTravel(t *testing.T) {
	for _, bad := range []string{"", "message", "message.0.0.0", "message.0.0.0.0.0", "other.0.0.0.0", "message.9.0.0.0", "message.0.2.0.0", "message.0.0.3.0", "message.0.0.0.2", "message.-1.0.0.0", "message.00.0.0.0", "message.a.0.0.0"} {
		if step, err := ParseStep(bad); err == nil {
			t.Errorf("ParseStep(%q) = %+v", bad, step)
		}
	}
	for _, part := range []Part{PartMessage, PartChoices, PartWidest} {
		step := Step{Part: part, Repeats: 2, Silences: 1, Wrong: 2, Heard: 1}
		if back, err := ParseStep(step.String()); err != nil || back != step {
			t.Errorf("%s: %+v, %v", step, back, err)
		}
	}
}

// allowed is every element and attribute that a call may contain (I11). What
// records, transcribes, streams or listens is not among them.
func allowed(element string) []string {
	switch element {
	case "Response", "Hangup":
		return []string{}
	case "Say":
		return []string{"voice", "language"}
	case "Pause":
		return []string{"length"}
	case "Redirect":
		return []string{"method"}
	case "Gather":
		return []string{"input", "numDigits", "finishOnKey", "timeout", "method", "action", "actionOnEmptyResult"}
	}
	return nil
}

func checkAllowed(doc []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes := allowed(start.Name.Local)
		if attributes == nil {
			return fmt.Errorf("element %s", start.Name.Local)
		}
		for _, a := range start.Attr {
			if !slices.Contains(attributes, a.Name.Local) {
				return fmt.Errorf("attribute %s of %s", a.Name.Local, start.Name.Local)
			}
			if a.Name.Local == "input" && a.Value != "dtmf" {
				return fmt.Errorf("input %s", a.Value)
			}
		}
	}
}

func drawScript(t *rapid.T) Script {
	text := rapid.OneOf(rapid.String(), rapid.StringN(0, 6000, -1), rapid.SampledFrom([]string{
		"", "<Record/>", "]]>&amp;{{first_name}}", "</Say></Gather><Record/>", "{{nick}} {key} {label}", "\x00\x1b\u202e\ufffe", strings.Repeat("&", 9000),
	}))
	s := Script{
		Employer: text.Draw(t, "employer"), FirstName: text.Draw(t, "name"), Purpose: text.Draw(t, "purpose"), CallbackNumber: text.Draw(t, "number"),
		ContactAddress: text.Draw(t, "address"), Text: text.Draw(t, "text"), Voicemail: text.Draw(t, "voicemail"),
		Language: rapid.SampledFrom([]string{English, French, "xx"}).Draw(t, "language"),
		Given:    rapid.SampledFrom([]int{0, 0, 1, 7, -3}).Draw(t, "given"),
	}
	if rapid.Bool().Draw(t, "back") {
		at := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 0).UTC()
		s.Back = &Back{At: at, Now: at.Add(time.Duration(rapid.Int64().Draw(t, "since"))), City: text.Draw(t, "city")}
	}
	for range rapid.IntRange(0, 12).Draw(t, "choices") {
		s.Choices = append(s.Choices, Choice{Key: rapid.IntRange(-1, 10).Draw(t, "key"), Label: text.Draw(t, "label")})
	}
	return s
}

// TestNothingForbiddenEver draws any script and any event: the document is
// what a strict reader accepts, it holds allowed elements only, and a person
// hears the identification first.
func TestNothingForbiddenEver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScript(t)
		step := Step{Part: rapid.SampledFrom([]Part{PartMessage, PartChoices, PartWidest, ""}).Draw(t, "part"), Repeats: rapid.IntRange(0, maxRepeats).Draw(t, "repeats"),
			Silences: rapid.IntRange(0, maxSilences).Draw(t, "silences"), Wrong: rapid.IntRange(0, maxWrong).Draw(t, "wrong")}
		digits := rapid.OneOf(rapid.SampledFrom([]string{"", "0", "1", "7", "8", "9", "#", "*", "99"}), rapid.String()).Draw(t, "digits")
		for _, event := range []Event{Answered(), Machine(), Stranger(), Withheld(), Pressed(step, digits)} {
			doc, effect := Respond(s, event, action)
			if err := checkAllowed(doc); err != nil {
				t.Fatalf("%v in %s", err, doc)
			}
			verbs, problems := twiml.Parse(doc, twiml.Voice)
			if len(problems) > 0 {
				t.Fatalf("%v in %s", problems, doc)
			}
			if ends := verbs[len(verbs)-1].Name == "Hangup"; ends != effect.Ends && effect.Kind != Stop && effect.Kind != NotMe && event.kind != stranger {
				t.Fatalf("hangs up: %v, effect %+v", ends, effect)
			}
			if event.kind == answered {
				first := verbs[0].Nested[0].Text
				if !slices.ContainsFunc([]string{"This is an automated call from", "Ceci est un appel automatisé de", "You are returning an automated call from",
					"Vous rappelez après un appel automatisé de"}, func(s string) bool { return strings.HasPrefix(first, s) }) {
					t.Fatalf("the first words are %q", first)
				}
			}
		}
	})
}

func FuzzRespond(f *testing.F) {
	f.Add("Mill", "Ann", "the shift", "Hello {{first_name}} <Record/>", "you come", "9")
	f.Fuzz(func(t *testing.T, employer, name, purpose, text, label, digits string) {
		s := Script{Employer: employer, FirstName: name, Purpose: purpose, Text: text, Voicemail: text, Choices: []Choice{{Key: 1, Label: label}}, Language: English}
		for _, event := range []Event{Answered(), Machine(), Pressed(Step{Part: PartChoices}, digits), Pressed(Step{Part: PartMessage}, "1")} {
			doc, _ := Respond(s, event, action)
			if err := checkAllowed(doc); err != nil {
				t.Fatalf("%v in %s", err, doc)
			}
			heard(t, doc)
		}
	})
}

func BenchmarkRespond(b *testing.B) {
	s := mill()
	for b.Loop() {
		Respond(s, Answered(), action)
	}
}

// A preview's keys stop nothing, and must not say that they did.
func TestPreviewSaysThatNothingIsStopped(t *testing.T) {
	for language, s := range map[string]Script{"en": mill(), "fr": usine()} {
		honest, done := "This was a preview: nothing has been stopped.", []string{"Done.", "will not"}
		if language == "fr" {
			honest, done = "Ceci était un essai: rien n'est arrêté.", []string{"C'est fait", "ne vous appellera plus", "n'appellera plus ce numéro"}
		}
		for _, pressed := range []Event{Pressed(Step{Part: PartMessage}, "9"), Pressed(Step{Part: PartChoices, Heard: 1}, "8"), Pressed(Step{Part: PartWidest}, "9")} {
			real, want := Respond(s, pressed, action)
			preview := s
			preview.Preview = true
			doc, effect := Respond(preview, pressed, action)
			if said := heard(t, doc); !strings.Contains(said, honest) || strings.ContainsAny(said, "{}") || slices.ContainsFunc(done, func(d string) bool { return strings.Contains(said, d) }) {
				t.Errorf("%s, %+v: a preview says %q", language, pressed, said)
			}
			if said := heard(t, real); strings.Contains(said, honest) || effect != want {
				t.Errorf("%s, %+v: a real call says %q; effects %+v and %+v", language, pressed, said, effect, want)
			}
		}
		preview := s
		preview.Preview = true
		if !slices.Equal(preview.Lines(), s.Lines()) {
			t.Errorf("%s: a preview is not the call until a way out is taken", language)
		}
	}
}
