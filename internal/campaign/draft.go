package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/ivr"
	"github.com/callshu/callshu/internal/plaintext"
)

// Draft limits: what fits a spoken call and a screen.
const (
	maxName        = 120
	maxPurpose     = 80
	maxMessage     = 1500
	maxLabel       = 60
	maxTag         = 40 // what a person's tag has at most
	maxSelection   = 10000
	wallLayout     = "2006-01-02T15:04"
	defaultTries   = 2
	defaultSpacing = 30
)

// DraftInput is what a person writes; zero values take the defaults.
type DraftInput struct {
	Name          string
	Content       Content
	Audience      Audience
	StartWall     string // wall time "2026-11-23T09:30" in StartZone; empty: at launch
	StartZone     string
	DialUntilWall string // wall time in StartZone after which no call starts
	MaxAttempts   int
	RetryMinutes  int
}

// validate returns the draft in its canonical form, or every wrong field.
func (in DraftInput) validate(zones *callhours.Zones) (Campaign, error) {
	var wrong apperr.Fields
	in.Name = plaintext.Lines(in.Name)
	checkLine(&wrong, "name", in.Name, maxName)
	in.Content = in.Content.canonical()
	in.Content.validate(&wrong)
	in.Audience.validate(&wrong)
	c := Campaign{Name: in.Name, Content: in.Content, Audience: in.Audience, StartWall: in.StartWall, StartZone: in.StartZone,
		MaxAttempts: in.MaxAttempts, RetryMinutes: in.RetryMinutes}
	if c.MaxAttempts == 0 {
		c.MaxAttempts = defaultTries
	}
	if c.RetryMinutes == 0 {
		c.RetryMinutes = defaultSpacing
	}
	if c.MaxAttempts < 1 || c.MaxAttempts > 3 {
		wrong.Add("max_attempts", "out_of_range", "Between 1 and 3 attempts for each person.")
	}
	if c.RetryMinutes < 30 || c.RetryMinutes > 1440 {
		wrong.Add("retry_minutes", "out_of_range", "Wait between 30 minutes and 24 hours before the next attempt.")
	}
	c.StartAt = wallTime(&wrong, zones, "start_wall", in.StartWall, in.StartZone)
	c.DialUntil = wallTime(&wrong, zones, "dial_until_wall", in.DialUntilWall, in.StartZone)
	if in.StartWall+in.DialUntilWall == "" && in.StartZone != "" {
		knownZone(&wrong, zones, in.StartZone)
	}
	return c, wrong.Err()
}

// wallTime turns a wall time and its zone into an instant. A time that the
// clocks skip is refused; of one that comes twice, the first is meant.
func wallTime(wrong *apperr.Fields, zones *callhours.Zones, field, wall, zone string) *time.Time {
	if wall == "" {
		return nil
	}
	location := knownZone(wrong, zones, zone)
	if location == nil {
		return nil
	}
	at, err := time.ParseInLocation(wallLayout, wall, location)
	if err != nil {
		wrong.Add(field, "not_a_time", "Write the time as 2026-11-23T09:30.")
		return nil
	}
	if at.Format(wallLayout) != wall {
		wrong.Add(field, "skipped_time", "The clocks skip this time on that day.")
		return nil
	}
	at = at.UTC()
	return &at
}

// knownZone is a zone by its name, nil and a wrong field where there is none.
func knownZone(wrong *apperr.Fields, zones *callhours.Zones, name string) *time.Location {
	location, known := zones.Location(name)
	if !known {
		wrong.Add("start_zone", "unknown_zone", "Name the time zone, for example America/Toronto.")
		return nil
	}
	return location
}

// DialUntilWall is a campaign's deadline as it was written: the wall time in its
// zone, empty without one. An edit replaces the whole draft, so that whoever
// edits must be able to send it back.
func (s *Service) DialUntilWall(c Campaign) string {
	if c.DialUntil == nil {
		return ""
	}
	location, known := s.zones.Location(c.StartZone)
	if !known {
		location = time.UTC // an edit then asks for the zone instead of dropping the deadline
	}
	return c.DialUntil.In(location).Format(wallLayout)
}

// checkLine checks a text of one line, which must not be empty.
func checkLine(wrong *apperr.Fields, field, text string, most int) {
	checkText(wrong, field, text, 1, most)
	if strings.ContainsRune(text, '\n') {
		wrong.Add(field, "line_break", "Write this in one line.")
	}
}

func checkText(wrong *apperr.Fields, field, text string, least, most int) {
	switch n := utf8.RuneCountInString(text); {
	case n < least:
		wrong.Add(field, "required", "Fill this in.")
	case n > most:
		wrong.Add(field, "too_long", "At most %d characters (this has %d).", most, n)
	}
	// What the plan shows must be what is heard.
	if bad := plaintext.CheckLines(text); bad != plaintext.None {
		wrong.Add(field, string(bad), "%s", bad.Message())
	}
}

func (c Content) canonical() Content {
	trimmed := Content{LanguageDefault: c.LanguageDefault, Voice: c.Voice, Voicemail: c.Voicemail,
		Purpose: map[string]string{}, Texts: map[string]Text{}}
	for language, purpose := range c.Purpose {
		if purpose = plaintext.Lines(purpose); purpose != "" {
			trimmed.Purpose[language] = purpose
		}
	}
	for language, text := range c.Texts {
		text = Text{Message: plaintext.Lines(text.Message), Voicemail: plaintext.Lines(text.Voicemail)}
		if text != (Text{}) {
			trimmed.Texts[language] = text
		}
	}
	for _, choice := range c.Choices {
		labels := map[string]string{}
		for language, label := range choice.Label {
			if label = plaintext.Lines(label); label != "" {
				labels[language] = label
			}
		}
		trimmed.Choices = append(trimmed.Choices, Choice{Key: choice.Key, Label: labels, NeedsHelp: choice.NeedsHelp})
	}
	if trimmed.LanguageDefault == "" {
		trimmed.LanguageDefault = "en"
	}
	if trimmed.Voice == "" {
		trimmed.Voice = "female"
	}
	if trimmed.Voicemail == "" {
		trimmed.Voicemail = VoicemailHangUp
	}
	return trimmed
}

func (c Content) validate(wrong *apperr.Fields) {
	if !spoken(c.LanguageDefault) {
		wrong.Add("content.language_default", "unknown_language", "Choose en or fr.")
	}
	if c.Voice != "female" && c.Voice != "male" {
		wrong.Add("content.voice", "unknown_voice", "Choose female or male.")
	}
	if !slices.Contains([]string{VoicemailLeave, VoicemailHangUp, VoicemailNoAnswer}, c.Voicemail) {
		wrong.Add("content.voicemail", "unknown", "Choose leave, hang_up or no_answer.")
	}
	if spoken(c.LanguageDefault) {
		if c.Purpose[c.LanguageDefault] == "" {
			wrong.Add("content.purpose."+c.LanguageDefault, "required", "Fill this in.")
		}
		if c.Texts[c.LanguageDefault].Message == "" {
			wrong.Add("content.texts."+c.LanguageDefault+".message", "required", "Write what the call says.")
		}
	}
	for _, language := range languages(wrong, "content.purpose", c.Purpose) {
		field := "content.purpose." + language
		checkLine(wrong, field, c.Purpose[language], maxPurpose)
		checkMerge(wrong, field, c.Purpose[language])
	}
	texts := languages(wrong, "content.texts", c.Texts)
	for _, language := range texts {
		field, text := "content.texts."+language, c.Texts[language]
		checkText(wrong, field+".message", text.Message, 0, maxMessage)
		checkMerge(wrong, field+".message", text.Message)
		checkText(wrong, field+".voicemail", text.Voicemail, 0, maxMessage)
		checkMerge(wrong, field+".voicemail", text.Voicemail)
	}
	c.validateChoices(wrong, texts)
}

// spoken reports whether calls are held in a language.
func spoken(language string) bool { return language == "en" || language == "fr" }

// languages returns in order the languages of a text that are spoken, and
// refuses the others: nobody would ever hear or check what they hold.
func languages[T any](wrong *apperr.Fields, field string, byLanguage map[string]T) []string {
	all := slices.Sorted(maps.Keys(byLanguage))
	for _, language := range all {
		if !spoken(language) {
			wrong.Add(field+"."+language, "unknown_language", "Texts may be in en and fr.")
		}
	}
	return slices.DeleteFunc(all, func(language string) bool { return !spoken(language) })
}

// validateChoices wants a label of each key in every language that has a text.
func (c Content) validateChoices(wrong *apperr.Fields, texts []string) {
	if len(c.Choices) == 0 {
		wrong.Add("content.choices", "required", "Offer at least one key to answer with.")
	}
	seen := map[int]bool{}
	for i, choice := range c.Choices {
		field := fmt.Sprintf("content.choices[%d]", i)
		switch {
		case choice.Key < 1 || choice.Key > 7:
			wrong.Add(field+".key", "out_of_range", "Answers use the keys 1 to 7; 0, 8 and 9 have a fixed meaning in every call.")
		case seen[choice.Key]:
			wrong.Add(field+".key", "duplicate", "Key %d is used twice.", choice.Key)
		}
		seen[choice.Key] = true
		labels := languages(wrong, field+".label", choice.Label)
		for _, language := range labels {
			at := field + ".label." + language
			checkLine(wrong, at, choice.Label[language], maxLabel)
			checkMerge(wrong, at, choice.Label[language])
		}
		for _, language := range texts {
			if !slices.Contains(labels, language) {
				wrong.Add(field+".label."+language, "required", "Fill this in.")
			}
		}
	}
}

func checkMerge(wrong *apperr.Fields, field, text string) {
	if err := ivr.CheckMerge(text); err != nil {
		wrong.Add(field, "unknown_merge_field", "%s", err.Error())
	}
}

func (a Audience) validate(wrong *apperr.Fields) {
	for i, tag := range a.Tags { // which are kept whatever the kind
		checkLine(wrong, fmt.Sprintf("audience.tags[%d]", i), tag, maxTag)
	}
	switch a.Kind {
	case AudienceAll:
	case AudienceTags:
		if len(a.Tags) == 0 {
			wrong.Add("audience.tags", "required", "Choose at least one tag.")
		}
	case AudienceSelection:
		if len(a.EmployeeIDs) == 0 {
			wrong.Add("audience.employee_ids", "required", "Choose at least one person.")
		}
		if len(a.EmployeeIDs) > maxSelection {
			wrong.Add("audience.employee_ids", "too_many", "Select at most %d people; use a tag for more.", maxSelection)
		}
	default:
		wrong.Add("audience.kind", "unknown", "Choose all, tags or selection.")
	}
}

func (c *Campaign) startsLater(now time.Time) bool { return c.StartAt != nil && c.StartAt.After(now) }

func notFound() error {
	return apperr.New(apperr.NotFound, "not_found", "There is no such campaign.")
}

func notDraft(status Status, verb string) error {
	return apperr.New(apperr.Conflict, "not_draft", "Only a draft can be %s; this campaign %s. Copy it as a new draft instead.", verb, status.sentence())
}

// sentence is what follows "This campaign" to say where it stands.
func (s Status) sentence() string {
	switch s {
	case Draft:
		return "is still a draft"
	case Expired:
		return "has expired"
	}
	return "is " + string(s)
}
