package campaign

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
)

// Proof answers of one person in a campaign why their phone rang, or why not.
type Proof struct {
	Campaign   Campaign
	LaunchedBy string // the user's name
	Recipient  Recipient
	Country    string   // whose rules apply to the number ...
	Zones      []string // ... and the zones whose hours have to be kept
	OpenUntil  time.Time
	Attempts   []ProvenAttempt // the oldest first
	CallBacks  []CallBack      // the person's own calls, the oldest first
	Consent    consent.Proof
}

// ProvenAttempt is a call with what it was made on.
type ProvenAttempt struct {
	Attempt
	Consent *consent.PastEvent // the yes that it relied on
	Hours   *Span              // the calling hours that it was made in; nil where the person's place was changed since
}

// Span is a time from an instant until another.
type Span struct{ From, Until time.Time }

// Attempt is one dialling of a person as it is kept.
type Attempt struct {
	ID            uuid.UUID
	State         string
	CallSID       *string
	Sender        string // the number that called
	Language      string
	ConsentEvent  int64
	CheckedAt     time.Time // when consent, hours and limits were looked at, in the statement that made this row
	PlacedAt      *time.Time
	RingingAt     *time.Time
	AnsweredAt    *time.Time
	EndedAt       *time.Time
	DurationS     *int
	AnsweredBy    string
	Answer        *int
	AnsweredEarly bool
	Heard         string
	EndRequested  string
	ErrorCode     int
	Error         string
}

// ProofOf returns the proof of one recipient.
func (s *Service) ProofOf(ctx context.Context, account, id, recipient uuid.UUID) (Proof, error) {
	var p Proof
	err := s.app.InAccount(ctx, account, func(tx pgx.Tx) error {
		c, err := Find(ctx, tx, id)
		if err != nil {
			return err
		}
		p, err = s.proof(ctx, tx, c, recipient)
		return err
	})
	return p, err
}

func (s *Service) proof(ctx context.Context, tx pgx.Tx, c Campaign, recipient uuid.UUID) (Proof, error) {
	rows, err := rosterOf(ctx, tx, c.ID, []uuid.UUID{recipient})
	if err != nil {
		return Proof{}, err
	}
	if len(rows) == 0 {
		return Proof{}, notFound()
	}
	p := Proof{Campaign: c, Recipient: rows[0]}
	ground, err := readGround(ctx, tx, recipient)
	if err != nil {
		return Proof{}, err
	}
	p.LaunchedBy, p.OpenUntil = ground.LaunchedBy, ground.OpenUntil
	if p.Country, p.Zones, err = s.zones.ZonesOf(ground.CallZone); err != nil {
		return Proof{}, err
	}
	if p.CallBacks, err = readCallBacks(ctx, tx, recipient); err != nil {
		return Proof{}, err
	}
	return p, s.addAttempts(ctx, tx, &p, ground)
}

// addAttempts adds every call with the consent and the hours that it was made on.
func (s *Service) addAttempts(ctx context.Context, tx pgx.Tx, p *Proof, ground ground) error {
	attempts, err := readAttempts(ctx, tx, p.Recipient.ID)
	if err != nil {
		return err
	}
	var relied []int64
	for _, a := range attempts {
		relied = append(relied, a.ConsentEvent)
	}
	if p.Consent, err = consent.ProofOf(ctx, tx, p.Campaign.AccountID, ground.PhoneKey, relied); err != nil {
		return err
	}
	for _, a := range attempts {
		proven := ProvenAttempt{Attempt: a}
		if e, found := p.Consent.Relied[a.ConsentEvent]; found {
			proven.Consent = &e
		}
		if proven.Hours, err = s.hoursAt(ground.CallZone, a.CheckedAt); err != nil {
			return err
		}
		p.Attempts = append(p.Attempts, proven)
	}
	return nil
}

// hoursAt are the calling hours around an instant, by the same rules as those
// that the dialler goes by; nil where it lies outside of them: the person was
// then called by another place, which has been changed since.
func (s *Service) hoursAt(callZone string, at time.Time) (*Span, error) {
	from, until, err := s.zones.WindowFor(callZone, at)
	if err != nil {
		return nil, err
	}
	if from.After(at) {
		return nil, nil
	}
	return &Span{From: from, Until: until}, nil
}

// PastCall is one call to an employee, by whatever campaign.
type PastCall struct {
	ID          uuid.UUID
	CampaignID  uuid.UUID
	Campaign    string
	Content     Content
	RecipientID uuid.UUID
	At          time.Time
	State       string // of the call
	CallSID     *string
	Answer      *int
}

// CallsTo lists the newest calls of campaigns to an employee's number.
func (s *Service) CallsTo(ctx context.Context, account, employee uuid.UUID) ([]PastCall, error) {
	var list []PastCall
	err := s.app.InAccount(ctx, account, func(tx pgx.Tx) error {
		var err error
		list, err = callsTo(ctx, tx, employee)
		return err
	})
	return list, err
}
