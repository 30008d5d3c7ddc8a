package employee

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/consent"
)

// Sort orders of a list; a leading minus turns one round.
const (
	SortName        = "name"
	SortNameDesc    = "-name"
	SortCreated     = "created_at"
	SortCreatedDesc = "-created_at"
)

// Query is one page of a list.
type Query struct {
	Search string // the start of any word of the name, or digits of the number
	State  consent.State
	Tag    string
	Sort   string
	Limit  int
	Cursor string
	Total  bool // also count all that match

	gone *without // only whom a file does not name
}

// Page is the answer.
type Page struct {
	Items []Employee
	Next  string // "" on the last page
	Total int
}

// cursor is where the next page starts. It is opaque to clients.
type cursor struct {
	Sort string    `json:"s"`
	Name string    `json:"n,omitempty"`
	At   time.Time `json:"t,omitzero"`
	ID   uuid.UUID `json:"i"`
}

func (c cursor) encode() (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

func decodeCursor(text, sort string) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Sort != sort || strings.ContainsRune(c.Name, 0) {
		return cursor{}, &apperr.Error{Kind: apperr.Invalid, Code: "invalid", Message: "This page no longer exists. Start from the first one.",
			Fields: []apperr.Field{{Location: "query.cursor", Code: "invalid_cursor", Message: "The cursor does not belong to this list."}}}
	}
	return c, nil
}

// clauses builds a WHERE with numbered arguments.
type clauses struct {
	sql  strings.Builder
	args []any
}

func (c *clauses) add(format string, args ...any) {
	names := make([]any, len(args))
	for i, arg := range args {
		c.args = append(c.args, arg)
		names[i] = fmt.Sprintf("$%d", len(c.args))
	}
	c.sql.WriteString(" AND ")
	fmt.Fprintf(&c.sql, format, names...)
}

// List returns one page of the people who match.
func (s *Service) List(ctx context.Context, account uuid.UUID, q Query) (Page, error) {
	if q.Sort == "" {
		q.Sort = SortName
	}
	var where clauses
	q.filter(&where)
	count, args := where.sql.String(), []any{pgx.QueryExecModeCacheStatement}
	if len(where.args) > 0 {
		// What a filter leaves depends on its value: plan for it, do not keep a
		// plan that suits some other value.
		args = []any{pgx.QueryExecModeCacheDescribe}
	}
	countArgs := append(slices.Clone(args), where.args...)
	if q.Cursor != "" {
		c, err := decodeCursor(q.Cursor, q.Sort)
		if err != nil {
			return Page{}, err
		}
		c.after(&where)
	}
	var page Page
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, selectEmployee+` AND e.account_id = current_account()`+where.sql.String()+order(q.Sort)+fmt.Sprintf(` LIMIT %d`, q.Limit+1), append(args, where.args...)...)
		if err != nil {
			return fmt.Errorf("list employees: %w", err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowToStructByName[employeeRow])
		if err != nil {
			return fmt.Errorf("list employees: %w", err)
		}
		if page, err = pageOf(found, q); err != nil || !q.Total {
			return err
		}
		err = tx.QueryRow(ctx, `SELECT count(*) FROM employees e LEFT JOIN consents k ON k.account_id = e.account_id AND k.phone_key = e.phone_key
			WHERE e.deleted_at IS NULL AND e.account_id = current_account()`+count, countArgs...).Scan(&page.Total)
		if err != nil {
			return fmt.Errorf("count employees: %w", err)
		}
		return nil
	})
	return page, err
}

func pageOf(found []employeeRow, q Query) (Page, error) {
	page := Page{Items: make([]Employee, 0, min(len(found), q.Limit))}
	for _, row := range found[:min(len(found), q.Limit)] {
		page.Items = append(page.Items, row.employee())
	}
	if len(found) <= q.Limit {
		return page, nil
	}
	last := found[q.Limit-1]
	next := cursor{Sort: q.Sort, ID: last.ID}
	if q.Sort == SortName || q.Sort == SortNameDesc {
		next.Name = last.Search
	} else {
		next.At = last.CreatedAt
	}
	var err error
	page.Next, err = next.encode()
	return page, err
}

func (q Query) filter(where *clauses) {
	if digits, isNumber := digitsOf(q.Search); isNumber {
		where.add(`e.phone LIKE %s`, "%"+digits+"%")
	} else if text := Fold(strings.ReplaceAll(q.Search, "\x00", "")); text != "" {
		// Word starts, with LIKE's own characters taken literally.
		literal := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
		where.add(`(e.search LIKE %s OR e.search LIKE %s)`, literal+"%", "% "+literal+"%")
	}
	switch q.State {
	case "":
	case consent.StateNone:
		where.add(`coalesce(k.state, 'none') = %s`, string(q.State))
	default:
		where.add(`k.state = %s`, string(q.State))
	}
	if q.gone != nil {
		q.gone.filter(where)
	}
	if q.Tag != "" {
		where.add(`%s = ANY(e.tags)`, strings.ReplaceAll(q.Tag, "\x00", ""))
	}
}

// digitsOf reports whether a search looks like a part of a phone number.
func digitsOf(search string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, search)
	rest := strings.Trim(search, "0123456789+-(). ")
	return digits, len(digits) >= 3 && rest == ""
}

func order(sort string) string {
	switch sort {
	case SortNameDesc:
		return ` ORDER BY e.search COLLATE "C" DESC, e.id DESC`
	case SortCreated:
		return ` ORDER BY e.created_at, e.id`
	case SortCreatedDesc:
		return ` ORDER BY e.created_at DESC, e.id DESC`
	}
	return ` ORDER BY e.search COLLATE "C", e.id`
}

func (c cursor) after(where *clauses) {
	switch c.Sort {
	case SortName:
		where.add(`(e.search COLLATE "C", e.id) > (%s, %s)`, c.Name, c.ID)
	case SortNameDesc:
		where.add(`(e.search COLLATE "C", e.id) < (%s, %s)`, c.Name, c.ID)
	case SortCreated:
		where.add(`(e.created_at, e.id) > (%s, %s)`, c.At, c.ID)
	case SortCreatedDesc:
		where.add(`(e.created_at, e.id) < (%s, %s)`, c.At, c.ID)
	}
}

// TagCount is a tag and how many people carry it.
type TagCount struct {
	Tag   string
	Count int
}

// Tags lists all tags of an account by name.
func (s *Service) Tags(ctx context.Context, account uuid.UUID) ([]TagCount, error) {
	var tags []TagCount
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT tag, count(*) FROM employees e, unnest(e.tags) tag WHERE e.deleted_at IS NULL GROUP BY tag ORDER BY tag`)
		if err != nil {
			return fmt.Errorf("list tags: %w", err)
		}
		tags, err = pgx.CollectRows(rows, pgx.RowToStructByPos[TagCount])
		if err != nil {
			return fmt.Errorf("list tags: %w", err)
		}
		return nil
	})
	return tags, err
}

// Funnel is how far people are on their way to a yes. Each person counts once
// in None, Invited, OptedIn, OptedOut or Lapsed.
type Funnel struct {
	Imported    int
	None        int
	Invited     int
	OptedIn     int
	OptedOut    int
	Lapsed      int
	CallableNow int // opted in, and within their calling hours
}

// Funnel counts an account's people by consent.
func (s *Service) Funnel(ctx context.Context, account uuid.UUID) (Funnel, error) {
	type group struct {
		State, CallZone string
		Count           int
	}
	var groups []group
	err := s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT coalesce(k.state, 'none'), CASE WHEN k.state = 'opted_in' THEN e.call_zone ELSE '' END, count(*)
			FROM employees e LEFT JOIN consents k ON k.account_id = e.account_id AND k.phone_key = e.phone_key
			WHERE e.deleted_at IS NULL GROUP BY 1, 2`)
		if err != nil {
			return fmt.Errorf("count consents: %w", err)
		}
		groups, err = pgx.CollectRows(rows, pgx.RowToStructByPos[group])
		if err != nil {
			return fmt.Errorf("count consents: %w", err)
		}
		return nil
	})
	var f Funnel
	now := s.Clock.Now()
	for _, g := range groups {
		f.Imported += g.Count
		*f.of(consent.State(g.State)) += g.Count
		if g.State == string(consent.StateOptedIn) && consent.HoursOpen(s.Zones, g.CallZone, callhours.Narrow{}, now) {
			f.CallableNow += g.Count
		}
	}
	return f, err
}

func (f *Funnel) of(state consent.State) *int {
	switch state {
	case consent.StateInvited:
		return &f.Invited
	case consent.StateOptedIn:
		return &f.OptedIn
	case consent.StateOptedOut:
		return &f.OptedOut
	case consent.StateLapsed:
		return &f.Lapsed
	}
	return &f.None
}
