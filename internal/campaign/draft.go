package campaign

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/ivr"
)

// Draft limits: what fits a spoken call and a screen.
const (
	maxName        = 120
	maxPurpose     = 80
	maxMessage     = 1500
	maxLabel       = 60
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
	in.Name = strings.TrimSpace(in.Name)
	checkText(&wrong, "name", in.Name, 1, maxName)
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
	return c, wrong.Err()
}

// wallTime turns a wall time and its zone into an instant. A time that the
// clocks skip is refused; of one that comes twice, the first is meant.
func wallTime(wrong *apperr.Fields, zones *callhours.Zones, field, wall, zone string) *time.Time {
	if wall == "" {
		return nil
	}
	location, known := zones.Location(zone)
	if !known {
		wrong.Add("start_zone", "unknown_zone", "Name the time zone, for example America/Toronto.")
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

func checkText(wrong *apperr.Fields, field, text string, least, most int) {
	switch n := utf8.RuneCountInString(text); {
	case n < least:
		wrong.Add(field, "required", "Fill this in.")
	case n > most:
		wrong.Add(field, "too_long", "At most %d characters (this has %d).", most, n)
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }):
		wrong.Add(field, "control_character", "Contains a character that cannot be shown or spoken.")
	}
}

func (c Content) canonical() Content {
	trimmed := Content{LanguageDefault: c.LanguageDefault, Voice: c.Voice, Voicemail: c.Voicemail,
		Purpose: map[string]string{}, Texts: map[string]Text{}}
	for language, purpose := range c.Purpose {
		trimmed.Purpose[language] = strings.TrimSpace(purpose)
	}
	for language, text := range c.Texts {
		text = Text{Message: strings.TrimSpace(text.Message), Voicemail: strings.TrimSpace(text.Voicemail)}
		if text != (Text{}) {
			trimmed.Texts[language] = text
		}
	}
	for _, choice := range c.Choices {
		labels := map[string]string{}
		for language, label := range choice.Label {
			if label = strings.TrimSpace(label); label != "" {
				labels[language] = label
			}
		}
		trimmed.Choices = append(trimmed.Choices, Choice{Key: choice.Key, Label: labels})
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
	if c.LanguageDefault != "en" && c.LanguageDefault != "fr" {
		wrong.Add("content.language_default", "unknown_language", "Choose en or fr.")
	}
	if c.Voice != "female" && c.Voice != "male" {
		wrong.Add("content.voice", "unknown_voice", "Choose female or male.")
	}
	if c.Voicemail != VoicemailLeave && c.Voicemail != VoicemailHangUp {
		wrong.Add("content.voicemail", "unknown", "Choose leave or hang_up.")
	}
	checkText(wrong, "content.purpose."+c.LanguageDefault, c.Purpose[c.LanguageDefault], 1, maxPurpose)
	if c.Texts[c.LanguageDefault].Message == "" {
		wrong.Add("content.texts."+c.LanguageDefault+".message", "required", "Write what the call says.")
	}
	for language, text := range c.Texts {
		field := "content.texts." + language
		if language != "en" && language != "fr" {
			wrong.Add(field, "unknown_language", "Texts may be in en and fr.")
			continue
		}
		checkSpoken(wrong, field+".message", text.Message)
		checkSpoken(wrong, field+".voicemail", text.Voicemail)
	}
	c.validateChoices(wrong)
}

func (c Content) validateChoices(wrong *apperr.Fields) {
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
		for language := range c.Texts {
			checkText(wrong, field+".label."+language, choice.Label[language], 1, maxLabel)
		}
	}
}

func checkSpoken(wrong *apperr.Fields, field, text string) {
	checkText(wrong, field, text, 0, maxMessage)
	if err := ivr.CheckMerge(text); err != nil {
		wrong.Add(field, "unknown_merge_field", "%s", err.Error())
	}
}

func (a Audience) validate(wrong *apperr.Fields) {
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

func notDraft(id uuid.UUID, status Status) error {
	return apperr.New(apperr.Conflict, "not_draft", "Only a draft can be changed; campaign %s is %s. Clone it to write a new one.", id, status)
}
