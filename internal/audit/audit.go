// Package audit owns the append-only log of who did what, and its sealer. An
// act records its row in its own transaction, so that neither exists without
// the other. Rows hold ids and masked numbers: never message texts, full phone
// numbers, tokens or passwords. It must never change a row, nor delete one before
// its two years are over.
package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Kinds of actors.
const (
	User      = "user"
	Operator  = "operator"
	Employee  = "employee"
	Carrier   = "carrier"
	System    = "system"
	Anonymous = "anonymous"
)

// Actor is who acts, and from where.
type Actor struct {
	Kind      string
	ID        uuid.UUID // zero where there is none
	Name      string
	IP        string
	RequestID string
}

// SystemActor acts on its own: schedulers, reconcilers, sealers.
func SystemActor(name string) Actor { return Actor{Kind: System, Name: name} }

// Event is one row of the log.
type Event struct {
	Account     *uuid.UUID // nil: the platform's own
	At          time.Time  // business time
	Actor       Actor
	Action      string // noun.verb, past tense: "campaign.launched"
	SubjectKind string
	SubjectID   string
	Detail      map[string]any
}

// Record adds the event within the transaction of the act itself.
func Record(ctx context.Context, tx pgx.Tx, e Event) error {
	detail := []byte("{}")
	if len(e.Detail) > 0 {
		var err error
		if detail, err = json.Marshal(e.Detail); err != nil {
			return fmt.Errorf("encode audit detail: %w", err)
		}
	}
	var actorID *uuid.UUID
	if e.Actor.ID != uuid.Nil {
		actorID = &e.Actor.ID
	}
	_, err := tx.Exec(ctx, `INSERT INTO audit_events
		(account_id, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, ip, request_id, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		e.Account, e.At, e.Actor.Kind, actorID, e.Actor.Name, e.Action, e.SubjectKind, e.SubjectID, e.Actor.IP, e.Actor.RequestID, detail)
	if err != nil {
		return fmt.Errorf("record audit event %s: %w", e.Action, err)
	}
	return nil
}
