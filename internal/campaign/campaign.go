// Package campaign owns what an employer wants said and to whom: the draft, the
// plan (a dry run), the manifest (the plan frozen and hashed at launch), the
// states of a campaign and of its recipients, progress and results. It must
// never dial: the dialler claims recipients that this package made.
package campaign

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Status is where a campaign stands.
type Status string

// The states of a campaign. The last three are final. A campaign ends by itself
// when nobody is left to be called and no call is going on: as expired where its
// last time for calls passed before somebody had been called at all, as finished
// where everybody had been, or could not be for a reason of their own. That it
// was paused then changes nothing.
const (
	Draft     Status = "draft"
	Scheduled Status = "scheduled"
	Running   Status = "running"
	Paused    Status = "paused"
	Finished  Status = "finished"
	Cancelled Status = "cancelled"
	Expired   Status = "expired"
)

// State is where a recipient stands. Pending and Dialling are open; every
// other state is final, and each recipient reaches exactly one (I4).
type State string

// The states of a recipient.
const (
	Pending         State = "pending"
	Dialling        State = "dialling"
	Answered        State = "answered"
	AnsweredNoKey   State = "answered_no_key"
	Voicemail       State = "voicemail"
	NoAnswer        State = "no_answer"
	Busy            State = "busy"
	Failed          State = "failed"
	NotCalled       State = "skipped" // with the reason
	RecipientCancel State = "cancelled"
)

// EndSQL are the assignments by which a recipient who waits for a call becomes
// final because none will come; why, an expression, is the reason. Of whom a call
// has reached, what the last one came to is the outcome, or a campaign that was
// stopped would forget whom it rang. Only a person's own word outweighs it:
// whoever has said stop is skipped for that.
func EndSQL(as State, why string) string {
	last := fmt.Sprintf(`CASE WHEN %s <> 'opted_out' THEN last_state END`, why)
	return fmt.Sprintf(`state = coalesce(%s, '%s'), reason = CASE WHEN %s IS NULL THEN %s ELSE last_reason END`, last, as, last, why)
}

// Text is what is said in one language.
type Text struct {
	Message   string `json:"message"`
	Voicemail string `json:"voicemail,omitempty"`
}

// Choice is one key that answers, with its label by language.
type Choice struct {
	Key   int               `json:"key"`
	Label map[string]string `json:"label"`
	// Whoever gives this answer needs somebody: they come first where people are
	// listed by who needs attention.
	NeedsHelp bool `json:"needs_help,omitempty"`
}

// Content is everything that is spoken and asked.
type Content struct {
	Purpose         map[string]string `json:"purpose"`
	LanguageDefault string            `json:"language_default"`
	Texts           map[string]Text   `json:"texts"`
	Voice           string            `json:"voice"`
	Choices         []Choice          `json:"choices"`
	Voicemail       string            `json:"voicemail"` // leave | hang_up | no_answer
}

// What to do when a machine answers.
const (
	VoicemailLeave    = "leave"     // say the voicemail text; the person counts as reached
	VoicemailHangUp   = "hang_up"   // the person is not tried again
	VoicemailNoAnswer = "no_answer" // hang up, and try again as if nobody had picked up
)

// LanguageFor is the language in which an employee hears the campaign: their
// own where a text exists in it, else the campaign's default.
func (c Content) LanguageFor(employee string) string {
	if c.Texts[employee].Message != "" {
		return employee
	}
	return c.LanguageDefault
}

// LabelIn returns a choice's label in a language, or in any that it has.
func (c Choice) LabelIn(language string) string {
	if label := c.Label[language]; label != "" {
		return label
	}
	for _, other := range []string{"en", "fr"} {
		if label := c.Label[other]; label != "" {
			return label
		}
	}
	return ""
}

// LabelOf is what an answer means, in the default language; empty where there is
// no answer.
func (c Content) LabelOf(answer *int) string {
	for _, choice := range c.Choices {
		if answer != nil && choice.Key == *answer {
			return choice.LabelIn(c.LanguageDefault)
		}
	}
	return ""
}

// PurposeIn returns the purpose in a language, or in the default one.
func (c Content) PurposeIn(language string) string {
	if purpose := c.Purpose[language]; purpose != "" {
		return purpose
	}
	return c.Purpose[c.LanguageDefault]
}

// Audience says whom the campaign is for.
type Audience struct {
	Kind        string      `json:"kind"` // all | tags | selection
	Tags        []string    `json:"tags,omitempty"`
	EmployeeIDs []uuid.UUID `json:"employee_ids,omitempty"`
}

// Kinds of audience.
const (
	AudienceAll       = "all"
	AudienceTags      = "tags"
	AudienceSelection = "selection"
)

// Campaign is one campaign as stored.
type Campaign struct {
	ID            uuid.UUID
	AccountID     uuid.UUID
	Name          string
	Status        Status
	StatusReason  string
	Content       Content
	Audience      Audience
	StartAt       *time.Time
	StartWall     string
	StartZone     string
	DialUntil     *time.Time
	MaxAttempts   int
	RetryMinutes  int
	CreatedBy     uuid.UUID
	Version       int
	PlanHash      string
	ManifestHash  []byte
	ManifestTotal int
	LaunchedAt    *time.Time
	StartedAt     *time.Time
	FirstRingAt   *time.Time
	FinishedAt    *time.Time
	CreatedAt     time.Time
	UpdatedAt     time.Time
	Tripped       []Rule // safety rules that paused it and were not resumed
}

// Progress counts the recipients of a campaign by state; Total is fixed at
// launch and always equals the sum of the others.
type Progress struct {
	Total         int
	Counts        map[State]int
	Answers       map[int]int
	CallsMade     int
	RatePerMinute int // calls placed in the last minute
}

// Final counts the recipients that reached their final state.
func (p Progress) Final() int {
	return p.Total - p.Counts[Pending] - p.Counts[Dialling]
}
