package campaign

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/callhours"
)

// sound is a draft with nothing wrong, in both languages.
func sound() DraftInput {
	return DraftInput{Name: "Frost", StartZone: "America/Toronto", MaxAttempts: 3, RetryMinutes: 60, Audience: Audience{Kind: AudienceAll},
		Content: Content{LanguageDefault: "en", Voice: "male", Voicemail: VoicemailLeave,
			Purpose: map[string]string{"en": "the frost tonight", "fr": "le gel de cette nuit"},
			Texts: map[string]Text{"en": {Message: "Hello {{first_name}}.\nFrost tonight.", Voicemail: "Frost tonight, says {{employer}}."},
				"fr": {Message: "Gel cette nuit\u202f!", Voicemail: "Gel cette nuit."}},
			Choices: []Choice{{Key: 1, Label: map[string]string{"en": "you are coming", "fr": "vous venez"}},
				{Key: 7, Label: map[string]string{"en": "you are not", "fr": "vous ne venez pas"}}}}}
}

func loadZones(t *testing.T) *callhours.Zones {
	t.Helper()
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	return zones
}

// wrongFields lists what a refusal names, as "field code" in order.
func wrongFields(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	refusal, ok := apperr.As(err)
	if !ok || refusal.Kind != apperr.Invalid {
		t.Fatalf("not a refusal of fields: %v", err)
	}
	var all []string
	for _, f := range refusal.Fields {
		if f.Message == "" {
			t.Errorf("%s is wrong without a sentence", f.Location)
		}
		all = append(all, strings.TrimPrefix(f.Location, "body.")+" "+f.Code)
	}
	return all
}

func label(in *DraftInput, language, text string) { in.Content.Choices[0].Label[language] = text }

func TestDraftNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	zones := loadZones(t)
	for name, c := range map[string]struct {
		change func(in *DraftInput)
		want   []string
	}{
		"no name":            {func(in *DraftInput) { in.Name = " \t" }, []string{"name required"}},
		"longest name":       {func(in *DraftInput) { in.Name = strings.Repeat("é", 120) }, nil},
		"long name":          {func(in *DraftInput) { in.Name = strings.Repeat("é", 121) }, []string{"name too_long"}},
		"name of two lines":  {func(in *DraftInput) { in.Name = "Frost\ntonight" }, []string{"name line_break"}},
		"reordered name":     {func(in *DraftInput) { in.Name = "Frost\u202egnp.exe" }, []string{"name invisible_character"}},
		"default language":   {func(in *DraftInput) { in.Content.LanguageDefault = "de" }, []string{"content.language_default unknown_language"}},
		"voice":              {func(in *DraftInput) { in.Content.Voice = "robot" }, []string{"content.voice unknown_voice"}},
		"voicemail":          {func(in *DraftInput) { in.Content.Voicemail = "beep" }, []string{"content.voicemail unknown"}},
		"no purpose":         {func(in *DraftInput) { in.Content.Purpose["en"] = " " }, []string{"content.purpose.en required"}},
		"no purpose in fr":   {func(in *DraftInput) { in.Content.Purpose["fr"] = "" }, nil},
		"purpose in zz":      {func(in *DraftInput) { in.Content.Purpose["zz"] = "frost" }, []string{"content.purpose.zz unknown_language"}},
		"longest purpose":    {func(in *DraftInput) { in.Content.Purpose["fr"] = strings.Repeat("é", 80) }, nil},
		"long purpose in fr": {func(in *DraftInput) { in.Content.Purpose["fr"] = strings.Repeat("é", 81) }, []string{"content.purpose.fr too_long"}},
		"field in purpose":   {func(in *DraftInput) { in.Content.Purpose["en"] = "{{bad}}" }, []string{"content.purpose.en unknown_merge_field"}},
		"hidden in purpose":  {func(in *DraftInput) { in.Content.Purpose["fr"] = "le\u200bgel" }, []string{"content.purpose.fr invisible_character"}},
		"no message":         {func(in *DraftInput) { in.Content.Texts["en"] = Text{Voicemail: "Frost."} }, []string{"content.texts.en.message required"}},
		"texts in xx":        {func(in *DraftInput) { in.Content.Texts["xx"] = Text{Message: "Frost."} }, []string{"content.texts.xx unknown_language"}},
		"longest message":    {func(in *DraftInput) { in.Content.Texts["fr"] = Text{Message: strings.Repeat("é", 1500)} }, nil},
		"long texts": {func(in *DraftInput) {
			in.Content.Texts["fr"] = Text{Message: strings.Repeat("é", 1501), Voicemail: strings.Repeat("é", 1501)}
		}, []string{"content.texts.fr.message too_long", "content.texts.fr.voicemail too_long"}},
		"fields in texts": {func(in *DraftInput) { in.Content.Texts["fr"] = Text{Message: "{{nom}}", Voicemail: "{gel}"} },
			[]string{"content.texts.fr.message unknown_merge_field", "content.texts.fr.voicemail unknown_merge_field"}},
		"hidden in texts": {func(in *DraftInput) {
			in.Content.Texts["fr"] = Text{Message: "le\u2066 gel", Voicemail: "le\ufeffgel\x07"}
		},
			[]string{"content.texts.fr.message invisible_character", "content.texts.fr.voicemail invisible_character"}},
		"no keys":           {func(in *DraftInput) { in.Content.Choices = nil }, []string{"content.choices required"}},
		"key 0":             {func(in *DraftInput) { in.Content.Choices[0].Key = 0 }, []string{"content.choices[0].key out_of_range"}},
		"key 8":             {func(in *DraftInput) { in.Content.Choices[1].Key = 8 }, []string{"content.choices[1].key out_of_range"}},
		"key 9":             {func(in *DraftInput) { in.Content.Choices[1].Key = 9 }, []string{"content.choices[1].key out_of_range"}},
		"a key twice":       {func(in *DraftInput) { in.Content.Choices[1].Key = 1 }, []string{"content.choices[1].key duplicate"}},
		"no label":          {func(in *DraftInput) { label(in, "fr", " ") }, []string{"content.choices[0].label.fr required"}},
		"label in xx":       {func(in *DraftInput) { label(in, "xx", "yes") }, []string{"content.choices[0].label.xx unknown_language"}},
		"longest label":     {func(in *DraftInput) { label(in, "fr", strings.Repeat("é", 60)) }, nil},
		"long label":        {func(in *DraftInput) { label(in, "fr", strings.Repeat("é", 61)) }, []string{"content.choices[0].label.fr too_long"}},
		"field in label":    {func(in *DraftInput) { label(in, "en", "{{bad}}") }, []string{"content.choices[0].label.en unknown_merge_field"}},
		"hidden in label":   {func(in *DraftInput) { label(in, "en", "y\u202aes") }, []string{"content.choices[0].label.en invisible_character"}},
		"label of no text":  {func(in *DraftInput) { delete(in.Content.Texts, "fr"); label(in, "fr", "{{bad}}") }, []string{"content.choices[0].label.fr unknown_merge_field"}},
		"attempts":          {func(in *DraftInput) { in.MaxAttempts = 4 }, []string{"max_attempts out_of_range"}},
		"negative attempts": {func(in *DraftInput) { in.MaxAttempts = -1 }, []string{"max_attempts out_of_range"}},
		"soon again":        {func(in *DraftInput) { in.RetryMinutes = 29 }, []string{"retry_minutes out_of_range"}},
		"late again":        {func(in *DraftInput) { in.RetryMinutes = 1441 }, []string{"retry_minutes out_of_range"}},
		"a day later":       {func(in *DraftInput) { in.RetryMinutes = 1440 }, nil},
		"zone":              {func(in *DraftInput) { in.StartWall, in.StartZone = "2026-11-23T09:30", "Toronto" }, []string{"start_zone unknown_zone"}},
		"start":             {func(in *DraftInput) { in.StartWall = "2026-11-23 09:30" }, []string{"start_wall not_a_time"}},
		"skipped start":     {func(in *DraftInput) { in.StartWall = "2026-03-08T02:30" }, []string{"start_wall skipped_time"}},
		"skipped end":       {func(in *DraftInput) { in.DialUntilWall = "2026-03-08T02:30" }, []string{"dial_until_wall skipped_time"}},
		"past start":        {func(in *DraftInput) { in.StartWall = "2020-01-06T09:30" }, nil}, // refused at launch: a draft may lie for long
		"audience":          {func(in *DraftInput) { in.Audience.Kind = "some" }, []string{"audience.kind unknown"}},
		"no tags":           {func(in *DraftInput) { in.Audience.Kind = AudienceTags }, []string{"audience.tags required"}},
		"nobody selected":   {func(in *DraftInput) { in.Audience.Kind = AudienceSelection }, []string{"audience.employee_ids required"}},
		"largest selection": {func(in *DraftInput) {
			in.Audience = Audience{Kind: AudienceSelection, EmployeeIDs: make([]uuid.UUID, 10_000)}
		}, nil},
		"too many": {func(in *DraftInput) {
			in.Audience = Audience{Kind: AudienceSelection, EmployeeIDs: make([]uuid.UUID, 10_001)}
		}, []string{"audience.employee_ids too_many"}},
		"all at once": {func(in *DraftInput) { in.Name, in.MaxAttempts, in.Audience.Kind, in.StartWall = "", 9, "", "noon" },
			[]string{"name required", "audience.kind unknown", "max_attempts out_of_range", "start_wall not_a_time"}},
	} {
		in := sound()
		c.change(&in)
		_, err := in.validate(zones)
		if got := wrongFields(t, err); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// What is left out takes the defaults, blanks around texts go, and of an hour
// that comes twice the first is meant.
func TestDraftBecomesCanonical(t *testing.T) {
	t.Parallel()
	c, err := DraftInput{Name: " Frost ", StartZone: "America/Toronto", StartWall: "2026-11-01T01:30", Audience: Audience{Kind: AudienceAll},
		Content: Content{Purpose: map[string]string{"en": " frost ", "fr": " "}, Texts: map[string]Text{"en": {Message: " Frost. "}, "fr": {}},
			Choices: []Choice{{Key: 1, Label: map[string]string{"en": " yes ", "fr": ""}}}}}.validate(loadZones(t))
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 11, 1, 5, 30, 0, 0, time.UTC); !c.StartAt.Equal(want) {
		t.Errorf("start %s, want %s", c.StartAt, want)
	}
	k := c.Content
	if c.Name != "Frost" || c.MaxAttempts != 2 || c.RetryMinutes != 30 || k.LanguageDefault != "en" || k.Voice != "female" || k.Voicemail != VoicemailHangUp ||
		len(k.Purpose) != 1 || k.Purpose["en"] != "frost" || len(k.Texts) != 1 || k.Texts["en"].Message != "Frost." ||
		len(k.Choices[0].Label) != 1 || k.Choices[0].Label["en"] != "yes" {
		t.Errorf("canonical draft: %+v", c)
	}
}
