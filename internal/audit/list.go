package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// Row is one event as it is read back.
type Row struct {
	ID          int64
	AccountID   *uuid.UUID
	At          time.Time
	ActorKind   string
	ActorID     *uuid.UUID
	ActorName   string
	Action      string
	SubjectKind string
	SubjectID   string
	IP          string `db:"ip"`
	RequestID   string
	Detail      json.RawMessage
	Sealed      bool // its place in the chain is fixed; true within seconds
}

// Filter narrows a list. Zero values do not.
type Filter struct {
	Account *uuid.UUID // for operators; an account's own list is narrowed by its transaction
	Action  string     // an action, or with a dot at its end all of a noun: "campaign."
	Actor   string     // a kind, an id, or a part of the name
	// What was acted on, and the request that did it: exactly these.
	SubjectKind, SubjectID, RequestID string
	From                              time.Time // at or after
	To                                time.Time // before
	Limit                             int       // of one page, 1..1000
	Cursor                            string    // of the page before
}

// List returns a page of events, newest first, and the cursor of the next page,
// empty at the end. The transaction decides what is seen: an account's own
// events, or for operators all.
func List(ctx context.Context, tx pgx.Tx, f Filter) ([]Row, string, error) {
	before, err := parseCursor(f.Cursor)
	if err != nil {
		return nil, "", err
	}
	rows, err := tx.Query(ctx, `SELECT e.id, e.account_id, e.at, e.actor_kind, e.actor_id, e.actor_name, e.action,
			e.subject_kind, e.subject_id, e.ip, e.request_id, e.detail,
			EXISTS (SELECT FROM seals s WHERE s.source = 'audit' AND s.row_id = e.id) AS sealed
		FROM audit_events e
		WHERE ($1::uuid IS NULL OR e.account_id = $1)
		  AND ($2 = '' OR e.action = $2 OR (right($2, 1) = '.' AND starts_with(e.action, $2)))
		  AND ($3 = '' OR e.actor_kind = $3 OR e.actor_id::text = lower($3) OR strpos(lower(e.actor_name), lower($3)) > 0)
		  AND ($4::timestamptz IS NULL OR e.at >= $4) AND ($5::timestamptz IS NULL OR e.at < $5)
		  AND ($6::bigint = 0 OR e.id < $6)
		  AND ($8 = '' OR e.subject_kind = $8) AND ($9 = '' OR e.subject_id = $9) AND ($10 = '' OR e.request_id = $10)
		ORDER BY e.id DESC LIMIT $7`,
		f.Account, f.Action, strings.TrimSpace(f.Actor), orNull(f.From), orNull(f.To), before, f.Limit+1, f.SubjectKind, f.SubjectID, f.RequestID)
	if err != nil {
		return nil, "", fmt.Errorf("list audit events: %w", err)
	}
	page, err := pgx.CollectRows(rows, pgx.RowToStructByName[Row])
	if err != nil {
		return nil, "", fmt.Errorf("list audit events: %w", err)
	}
	if len(page) <= f.Limit {
		return page, "", nil
	}
	page = page[:f.Limit]
	return page, strconv.FormatInt(page[f.Limit-1].ID, 10), nil
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// parseCursor reads the id of the last row of the page before, 0 for none.
func parseCursor(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || id < 1 {
		return 0, apperr.BadCursor()
	}
	return id, nil
}
