package consent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/consent/wording"
	"github.com/callshu/callshu/internal/postgres"
)

// InvitationLife is how long an invitation may be answered; then it lapses.
const InvitationLife = 30 * 24 * time.Hour

// CarrierReplies says which texts the carrier answers by itself, as far as the
// webhook does not tell (it does where OptOutType is set). What it answers we
// do not: nobody gets two replies.
type CarrierReplies struct {
	// Keywords: the carrier answers its exact words for STOP, START and HELP,
	// as it does on long codes and toll-free numbers, but not on short codes.
	Keywords bool
	// Yes: it also answers YES from somebody who was not blocked, which is
	// undocumented and differs.
	Yes bool
}

// Deps are what the service is built from.
type Deps struct {
	App      *postgres.Pool // what employers read and decide about their own
	Operator *postgres.Pool // what operators read
	Worker   *postgres.Pool
	Clock    clock.Clock
	Zones    *callhours.Zones
	Key      func(e164 string) []byte
	Site     string // host that serves people's own pages, as texts name it: "callshu.com"
	Replies  CarrierReplies
	Lookup   Lookup // tells when a text was written; nil: only listings tell
	// SegmentsPerSecond is the rate of each sender, in message segments: 1 for
	// a long code. Zero means 1.
	SegmentsPerSecond float64
	Log               *slog.Logger
}

// Service is the domain of consent. It is safe for concurrent use.
type Service struct {
	Deps
}

// New returns the service. It warns of a site whose name makes texts cost double.
func New(deps Deps) *Service {
	if deps.SegmentsPerSecond <= 0 {
		deps.SegmentsPerSecond = 1
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if err := wording.CheckSite(deps.Site); err != nil {
		deps.Log.Warn("texts will cost double", "site", deps.Site, "reason", err)
	}
	return &Service{Deps: deps}
}

// sender is one of our numbers.
type sender struct {
	ID     uuid.UUID
	Number string
}

// findSender returns pgx.ErrNoRows for a number that is not ours.
func findSender(ctx context.Context, tx pgx.Tx, number string) (sender, error) {
	s := sender{Number: number}
	err := tx.QueryRow(ctx, `SELECT id FROM senders WHERE number = $1`, number).Scan(&s.ID)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return sender{}, fmt.Errorf("find sender: %w", err)
	}
	return s, err
}

// lockGate takes the one lock of a phone; everything that decides about it
// does so under the lock, so that a STOP has a before and an after. NO KEY: an
// import that refers to the phone for seconds must not hold up its STOP.
func lockGate(ctx context.Context, tx pgx.Tx, key []byte) (stoppedAt *time.Time, err error) {
	if err := EnsureGates(ctx, tx, [][]byte{key}); err != nil {
		return nil, err
	}
	if err := tx.QueryRow(ctx, `SELECT stopped_at FROM phone_gates WHERE phone_key = $1 FOR NO KEY UPDATE`, key).Scan(&stoppedAt); err != nil {
		return nil, fmt.Errorf("lock gate: %w", err)
	}
	return stoppedAt, nil
}

// window reads a call_zone ("country|zones of the number|stated zone") and
// returns the calling hours that are open at now, or the next ones.
func window(zones *callhours.Zones, callZone string, narrow callhours.Narrow, now time.Time) (from, until time.Time) {
	parts := strings.SplitN(callZone, "|", 3)
	if len(parts) != 3 {
		return time.Time{}, time.Time{}
	}
	var ofNumber []string
	if parts[1] != "" {
		ofNumber = strings.Split(parts[1], ",")
	}
	return zones.Window(parts[0], ofNumber, parts[2], narrow, now)
}

// HoursOpen reports whether somebody with this call_zone may be called or
// invited now.
func HoursOpen(zones *callhours.Zones, callZone string, narrow callhours.Narrow, now time.Time) bool {
	from, until := window(zones, callZone, narrow, now)
	return !from.IsZero() && !now.Before(from) && now.Before(until)
}

// audit records a consent act beside the ledger's own row (I10).
func (s *Service) audit(ctx context.Context, tx pgx.Tx, account uuid.UUID, employee *uuid.UUID, actor audit.Actor, action string, detail map[string]any) error {
	e := audit.Event{Account: &account, At: s.Clock.Now(), Actor: actor, Action: action, Detail: detail}
	if employee != nil {
		e.SubjectKind, e.SubjectID = "employee", employee.String()
	}
	return audit.Record(ctx, tx, e)
}
