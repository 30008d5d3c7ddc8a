// Package consent owns who may be called and texted: the append-only ledger,
// the state it amounts to, invitations and every other text, the words people
// send back, and revocation. An opt-in exists only as the person's own answer
// to an open invitation. It must never set a state without an event, raise
// consent on an employer's word, or place a call.
package consent

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
)

// Kind is what an event of the ledger says.
type Kind string

// The kinds of events. Attested, Delivered, Undelivered, Help and Timed are
// evidence that moves no state.
const (
	Attested    Kind = "attested"    // the employer says how it came by the number
	Invited     Kind = "invited"     // the carrier took our invitation
	Delivered   Kind = "delivered"   // the carrier says that it arrived
	Undelivered Kind = "undelivered" // the carrier says that it did not
	OptedIn     Kind = "opted_in"    // the person answered YES to an open invitation
	OptedOut    Kind = "opted_out"   // the person, or the carrier on its behalf, said stop
	NotMe       Kind = "not_me"      // whoever answered is somebody else
	Help        Kind = "help"        // the person asked for help
	Lapsed      Kind = "lapsed"      // nobody answered the invitation in time
	Erased      Kind = "erased"      // the person was removed
	Timed       Kind = "timed"       // the carrier's time of the text of an earlier event, learned later
)

// Kinds are all kinds there are.
func Kinds() []Kind {
	return []Kind{Attested, Invited, Delivered, Undelivered, OptedIn, OptedOut, NotMe, Help, Lapsed, Erased, Timed}
}

// State is what the ledger of one (account, phone) amounts to.
type State string

// The states. Only StateOptedIn may be called.
const (
	StateNone     State = "none"
	StateInvited  State = "invited"
	StateOptedIn  State = "opted_in"
	StateOptedOut State = "opted_out"
	StateLapsed   State = "lapsed"
)

// States are all states there are.
func States() []State {
	return []State{StateNone, StateInvited, StateOptedIn, StateOptedOut, StateLapsed}
}

// Allowed reports whether an event of this kind may be appended at all: an
// opt-in and a lapse need an open invitation. The ledger's trigger refuses
// the same ones.
func Allowed(state State, kind Kind) bool {
	return (kind != OptedIn && kind != Lapsed) || state == StateInvited
}

// Apply is the ledger's step: the state after an event. It is total; an event
// that is not Allowed changes nothing. The trigger in the database is the same
// function, and a property test holds the two together.
func Apply(state State, kind Kind) State {
	if !Allowed(state, kind) {
		return state
	}
	switch kind {
	case OptedIn:
		return StateOptedIn
	case OptedOut, NotMe:
		return StateOptedOut
	case Lapsed:
		return StateLapsed
	case Invited:
		if state == StateOptedIn {
			return state // an invitation never lowers an opt-in
		}
		return StateInvited
	case Erased:
		if state == StateOptedOut {
			return state // the number stays refused, also without its person
		}
		return StateNone
	}
	return state
}

// Derive folds a whole ledger, oldest event first.
func Derive(kinds []Kind) State {
	state := StateNone
	for _, kind := range kinds {
		state = Apply(state, kind)
	}
	return state
}

// Channels by which an event reached us.
const (
	ChannelSMS      = "sms"
	ChannelVoice    = "voice"
	ChannelWeb      = "web"
	ChannelImport   = "import"
	ChannelOperator = "operator" // written to Callshu, recorded by its staff
	ChannelEmployer = "employer" // told to the employer, recorded by its user
	ChannelCarrier  = "carrier"
	ChannelSystem   = "system"
)

// Event is one row of the ledger.
type Event struct {
	Account    uuid.UUID
	PhoneKey   []byte
	EmployeeID *uuid.UUID
	Kind       Kind
	Channel    string
	At         time.Time // business time at which we acted on it
	ProviderAt time.Time // the carrier's time; zero where it tells none
	Actor      audit.Actor

	WordingVersion string
	WordingHash    []byte // SHA-256 of the exact text sent
	Language       string
	InboundText    string
	MessageSID     string
	CallSID        string
	SenderID       *uuid.UUID
	Detail         map[string]any
}

// Append adds one event and returns its id. The gate of the phone must exist
// (EnsureGates). An event that is not Allowed is refused by the database.
func Append(ctx context.Context, tx pgx.Tx, e Event) (int64, error) {
	detail, err := encodeDetail(e.Detail)
	if err != nil {
		return 0, err
	}
	var id int64
	err = tx.QueryRow(ctx, `INSERT INTO consent_events
		(account_id, phone_key, employee_id, kind, channel, at, provider_at, actor_kind, actor_id,
		 wording_version, wording_hash, language, inbound_text, message_sid, call_sid, sender_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING id`,
		e.Account, e.PhoneKey, e.EmployeeID, e.Kind, e.Channel, e.At, timeOrNil(e.ProviderAt), e.Actor.Kind, idOrNil(e.Actor.ID),
		e.WordingVersion, e.WordingHash, e.Language, e.InboundText, e.MessageSID, e.CallSID, e.SenderID, detail).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("append consent event %s: %w", e.Kind, err)
	}
	return id, nil
}

// Attest appends one 'attested' event per employee of an import or a form, in
// one statement: the evidence that invitations rest on. keys are their phones,
// in the same order; detail names the import and the statement that was made.
func Attest(ctx context.Context, tx pgx.Tx, account uuid.UUID, employees []uuid.UUID, keys [][]byte, channel string, actor audit.Actor, at time.Time, detail map[string]any) error {
	return appendMany(ctx, tx, Attested, channel, account, employees, keys, actor, at, detail)
}

func appendMany(ctx context.Context, tx pgx.Tx, kind Kind, channel string, account uuid.UUID, employees []uuid.UUID, keys [][]byte, actor audit.Actor, at time.Time, detail map[string]any) error {
	encoded, err := encodeDetail(detail)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO consent_events (account_id, phone_key, employee_id, kind, channel, at, actor_kind, actor_id, detail)
		SELECT $1, u.phone_key, u.employee_id, $9, $4, $5, $6, $7, $8 FROM unnest($2::uuid[], $3::bytea[]) AS u (employee_id, phone_key)`,
		account, employees, keys, channel, at, actor.Kind, idOrNil(actor.ID), encoded, kind)
	if err != nil {
		return fmt.Errorf("append consent events %s: %w", kind, err)
	}
	return nil
}

// Leave appends one 'erased' event per employee who leaves a list, in one
// statement: what consent the employer held for a number ends, a refusal stays.
// It takes the gates in the order of keys.
func Leave(ctx context.Context, tx pgx.Tx, account uuid.UUID, employees []uuid.UUID, keys [][]byte, actor audit.Actor, at time.Time, detail map[string]any) error {
	return appendMany(ctx, tx, Erased, ChannelImport, account, employees, keys, actor, at, detail)
}

// EnsureGates makes sure that each phone has its gate row.
func EnsureGates(ctx context.Context, tx pgx.Tx, keys [][]byte) error {
	if _, err := tx.Exec(ctx, `SELECT ensure_gates($1)`, keys); err != nil {
		return fmt.Errorf("ensure gates: %w", err)
	}
	return nil
}

func encodeDetail(detail map[string]any) ([]byte, error) {
	if len(detail) == 0 {
		return []byte("{}"), nil
	}
	encoded, err := json.Marshal(detail)
	if err != nil {
		return nil, fmt.Errorf("encode consent detail: %w", err)
	}
	return encoded, nil
}

func timeOrNil(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func idOrNil(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
