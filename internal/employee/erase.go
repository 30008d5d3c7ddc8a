package employee

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/postgres"
)

// Why somebody is erased. The reason stays in the log for ever, so it is one of
// these: words of an employer could name whom the log has to forget.
const (
	ReasonAsked   = "person_asked"
	ReasonLeft    = "no_longer_employed"
	ReasonMistake = "entered_by_mistake"
)

// KeptGround is why anything of a person who was erased is kept: the number
// must stay refused, and employer and platform must be able to prove on what
// they relied when they called and texted it.
const KeptGround = "proof_of_consent_and_refusal"

// Erasure is the wish to erase somebody. Confirm is the name, typed again.
type Erasure struct {
	Reason  string
	Confirm string
}

// Erased says what went.
type Erased struct {
	At      time.Time
	Texts   int // ours, whose number and words were taken
	Replies int // the person's own
	Events  int // of the ledger, which lost what was quoted or noted
}

var (
	errUnderWay = apperr.New(apperr.Conflict, "under_way", "A call or a text to this person is on its way just now. Try again when it has ended.")
	errFileBusy = apperr.New(apperr.Conflict, "under_way", "A file that may name this person is being worked on just now. Try again when that has ended.")
)

// Erase takes everything that names a person: name, number, tags, the words of
// texts in both directions and what the ledger quotes. It cannot be undone. What
// stays names nobody: that they were asked, agreed, refused and were called, when,
// the hash of the words and the keyed hash of the number, under which a STOP
// stays in force. A person who was removed before can be erased as well.
func (s *Service) Erase(ctx context.Context, by By, id uuid.UUID, wish Erasure) (Erased, error) {
	switch wish.Reason {
	case ReasonAsked, ReasonLeft, ReasonMistake:
	default:
		return Erased{}, apperr.InvalidField("reason", "unknown_reason", "Use %s, %s or %s.", ReasonAsked, ReasonLeft, ReasonMistake)
	}
	var done Erased
	err := s.change(ctx, by, func(tx pgx.Tx) error {
		name, err := nameOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if typed, bad := clean(wish.Confirm, maxName); bad != nil || typed != name {
			return apperr.InvalidField("confirm", "confirm_mismatch", "Type the person's name exactly as it stands.")
		}
		if err := endFiles(ctx, tx, by.Account); err != nil {
			return err
		}
		now := s.Clock.Now()
		key, events, err := erase(ctx, tx, id, now, &done)
		if err != nil {
			return err
		}
		if err := s.mark(ctx, tx, by, id, key, events, now); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, "employee.erased", id, map[string]any{"reason": wish.Reason, "kept_for": KeptGround,
			"texts": done.Texts, "replies": done.Replies, "events": done.Events})
	})
	return done, err
}

// endFiles deletes every file of the account: nobody knows which of them name the
// person. What was taken from them stays. One that a job has in hand would outlive
// the erasure, or bring the person back, so it is waited for; by the lock none is
// given to a job between the look and the end.
func endFiles(ctx context.Context, tx pgx.Tx, account uuid.UUID) error {
	if err := lockImports(ctx, tx, account); err != nil {
		return err
	}
	if err := refuseBeside(ctx, tx, errFileBusy, `NOT (`+idle+`)`); err != nil {
		return err
	}
	return dropFiles(ctx, tx, 0)
}

// mark ends the employer's consent, and tells every later verification of the
// log which rows of the ledger lost their words by this act.
func (s *Service) mark(ctx context.Context, tx pgx.Tx, by By, id uuid.UUID, key []byte, events []int64, now time.Time) error {
	remains, err := audit.Remains(ctx, tx, events)
	if err != nil {
		return err
	}
	_, err = consent.Append(ctx, tx, consent.Event{Account: by.Account, PhoneKey: key, EmployeeID: &id, Kind: consent.Erased, Channel: consent.ChannelWeb,
		At: now, Actor: by.Actor, Detail: map[string]any{"why": "erased", "rows": remains}})
	return err
}

// nameOf also finds people who were removed, and nobody who was erased.
func nameOf(ctx context.Context, tx pgx.Tx, id uuid.UUID) (string, error) {
	var name string
	err := tx.QueryRow(ctx, `SELECT name FROM employees WHERE id = $1 AND erased_at IS NULL`, id).Scan(&name)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", errNotFound
	}
	if err != nil {
		return "", fmt.Errorf("find name: %w", err)
	}
	return name, nil
}

func erase(ctx context.Context, tx pgx.Tx, id uuid.UUID, now time.Time, done *Erased) (key []byte, events []int64, err error) {
	var underWay *bool
	var texts, replies *int
	err = tx.QueryRow(ctx, `SELECT key, under_way, texts, replies, events FROM erase_person($1, $2)`, id, now).Scan(&key, &underWay, &texts, &replies, &events)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("erase employee: %w", err)
	case key == nil:
		return nil, nil, errNotFound
	case underWay != nil && *underWay:
		return nil, nil, errUnderWay
	}
	*done = Erased{At: now, Texts: *texts, Replies: *replies, Events: len(events)}
	return key, events, nil
}

// FinishErasures deletes what erasures took from accounts that were on legal hold
// and are not any more, and says so in the platform's log alone: no employer
// learns of a hold. Under a hold an erasure takes as much and answers the same,
// but the database lays the words aside where nobody who can log in reaches them.
func FinishErasures(ctx context.Context, worker *postgres.Pool, now time.Time) (people int64, err error) {
	err = worker.InTx(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT release_words()`).Scan(&people); err != nil {
			return fmt.Errorf("release held words: %w", err)
		}
		if people == 0 {
			return nil
		}
		return audit.Record(ctx, tx, audit.Event{At: now, Actor: audit.SystemActor("retention"), Action: "employee.erasures_finished", Detail: map[string]any{"people": people}})
	})
	return people, err
}

// ErasedName stands where the name of a person who was erased stood.
func ErasedName(name string) string {
	if strings.TrimSpace(name) == "" {
		return "Erased person"
	}
	return name
}
