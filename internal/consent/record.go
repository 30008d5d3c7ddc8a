package consent

import (
	"context"
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/cardnumber"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/plaintext"
)

// OptOut is a wish not to be called that reached Callshu otherwise than from
// the phone itself: by e-mail, by letter, through an authority.
type OptOut struct {
	Phone      string     // as it was written
	Account    *uuid.UUID // nil: every employer of the platform
	ReceivedAt time.Time
	Evidence   string // how it came: a reference, the sender
	Reason     string
	Actor      audit.Actor // an operator
}

// RecordedOptOut is one that was recorded, as operators read it.
type RecordedOptOut struct {
	ID           uuid.UUID
	RecordedAt   time.Time
	PhoneMasked  string
	AccountID    *uuid.UUID
	AccountName  string
	ReceivedAt   time.Time
	Evidence     string
	Reason       string
	OperatorName string
	Employers    int
}

// OperatorRevocation is the revocation of an opt-out that an operator records.
// The number need not be on any list: "stop all" then closes its gate for
// whoever adds it later. The caller hands it to the dialler.
func (s *Service) OperatorRevocation(ctx context.Context, o OptOut) (Revocation, error) {
	number, evidence, reason, err := s.checkOptOut(ctx, o)
	if err != nil {
		return Revocation{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Revocation{}, fmt.Errorf("make record id: %w", err)
	}
	key, masked := s.Key(number), phone.Mask(number)
	detail := map[string]any{"record": id, "received_at": o.ReceivedAt.UTC().Format(time.RFC3339)}
	return Revocation{PhoneKey: key, Account: o.Account, Platform: o.Account == nil, Kind: OptedOut, Channel: ChannelOperator, Actor: o.Actor, Detail: detail,
		Keep: func(ctx context.Context, tx pgx.Tx, employers int) error {
			now := s.Clock.Now()
			_, err := tx.Exec(ctx, `INSERT INTO opt_out_records (id, account_id, phone_key, phone_masked, received_at, evidence, reason, operator_id, employers, recorded_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, id, o.Account, key, masked, o.ReceivedAt, evidence, reason, o.Actor.ID, employers, now)
			if err != nil {
				return fmt.Errorf("record opt-out: %w", err)
			}
			scope := "platform"
			if o.Account != nil {
				scope = "account"
			}
			return audit.Record(ctx, tx, audit.Event{At: now, Actor: o.Actor, Action: "opt_out.recorded", SubjectKind: "opt_out", SubjectID: id.String(),
				Detail: map[string]any{"phone": masked, "scope": scope, "account": o.Account, "employers": employers, "reason": reason}})
		}}, nil
}

// EmployerRevocation is the revocation that an employer records for one of its
// own people. It never reaches another employer.
func EmployerRevocation(account uuid.UUID, key []byte, actor audit.Actor, note string) (Revocation, error) {
	note, err := checkNote("note", note)
	return Revocation{PhoneKey: key, Account: &account, QuoteFor: &account, Kind: OptedOut, Channel: ChannelEmployer, Actor: actor, Note: note}, err
}

// clockSkew is how far an operator's clock may be ahead of ours.
const clockSkew = 5 * time.Minute

// checkOptOut reports all wrong fields at once.
func (s *Service) checkOptOut(ctx context.Context, o OptOut) (number, evidence, reason string, err error) {
	var fields apperr.Fields
	parsed, err := phone.Parse(o.Phone)
	if refusal, ok := err.(*phone.Refusal); ok { //nolint:errorlint // every error of Parse is one
		fields.Add("phone", refusal.Code, "%s", refusal.Message)
	}
	switch now := s.Clock.Now(); {
	case o.ReceivedAt.IsZero():
		fields.Add("received_at", "required", "Say when it reached you.")
	case o.ReceivedAt.After(now.Add(clockSkew)):
		fields.Add("received_at", "in_future", "This is in the future.")
	case o.ReceivedAt.Before(now.AddDate(-10, 0, 0)):
		fields.Add("received_at", "too_old", "This is too long ago. Check the year.")
	}
	for name, text := range map[string]*string{"evidence": &o.Evidence, "reason": &o.Reason} {
		if *text, err = checkNote(name, *text); err != nil {
			refusal, _ := apperr.As(err)
			fields = append(fields, refusal.Fields...)
		} else if *text == "" {
			fields.Add(name, "required", "This is required.")
		}
	}
	if o.Account != nil {
		var exists bool
		if err := s.Worker.QueryRow(ctx, `SELECT EXISTS (SELECT FROM accounts WHERE id = $1)`, *o.Account).Scan(&exists); err != nil {
			return "", "", "", fmt.Errorf("find account: %w", err)
		}
		if !exists {
			fields.Add("account_id", "not_found", "There is no such account.")
		}
	}
	return parsed.E164, o.Evidence, o.Reason, fields.Err()
}

// maxNote is how long what somebody writes beside an opt-out may be.
const maxNote = 500

var (
	mailAddress   = regexp.MustCompile(`[^\s<>@,;:"()]+@([\w-]+\.)+[\w-]+`)
	writtenNumber = regexp.MustCompile(`(?:\+?\b1[ .-]?\(?\d{3}\)?|\(\d{3}\)|\b\d{3})[ .-]?\d{3}[ .-]?\d{4}\b`)
)

// checkNote reads what a person wrote for the record: short, plain, and without
// what would say more about somebody than the record needs.
func checkNote(field, text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", apperr.InvalidField(field, "not_utf8", "The text is not valid UTF-8.")
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return ' '
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
	text = plaintext.Lines(text)
	if bad := plaintext.CheckLines(text); bad != plaintext.None {
		return "", apperr.InvalidField(field, string(bad), "%s", bad.Message())
	}
	if utf8.RuneCountInString(text) > maxNote {
		return "", apperr.InvalidField(field, "too_long", "This is too long. (Limit: %d characters.)", maxNote)
	}
	text = cardnumber.Without(text)
	text = writtenNumber.ReplaceAllStringFunc(text, func(number string) string { return "•••••" + number[len(number)-4:] })
	return mailAddress.ReplaceAllStringFunc(text, auth.MaskEmail), nil
}

// RecordedOptOuts lists what operators have recorded, newest first.
func (s *Service) RecordedOptOuts(ctx context.Context, limit int, cursor string) ([]RecordedOptOut, string, error) {
	at, id, err := readCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	rows, err := s.Operator.Query(ctx, `SELECT o.id, o.recorded_at, o.phone_masked, o.account_id, coalesce(a.legal_name, '') AS account_name, o.received_at,
			o.evidence, o.reason, p.name AS operator_name, o.employers
		FROM opt_out_records o JOIN operators p ON p.id = o.operator_id LEFT JOIN accounts a ON a.id = o.account_id
		WHERE $1::timestamptz IS NULL OR (o.recorded_at, o.id) < ($1, $2) ORDER BY o.recorded_at DESC, o.id DESC LIMIT $3`, timeOrNil(at), id, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list recorded opt-outs: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[RecordedOptOut])
	if err != nil {
		return nil, "", fmt.Errorf("list recorded opt-outs: %w", err)
	}
	if len(list) <= limit {
		return list, "", nil
	}
	last := list[limit-1]
	return list[:limit], writeCursor(last.RecordedAt, last.ID), nil
}

// writeCursor is where the next page of a list by time starts: after this row.
// The database keeps microseconds.
func writeCursor(at time.Time, id uuid.UUID) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", at.UnixMicro(), id))
}

func readCursor(cursor string) (time.Time, uuid.UUID, error) {
	if cursor == "" {
		return time.Time{}, uuid.Nil, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	at, id, ok := strings.Cut(string(raw), " ")
	micros, badTime := strconv.ParseInt(at, 10, 64)
	last, badID := uuid.Parse(id)
	// Years beyond what the database can keep are none of ours.
	if err != nil || !ok || badTime != nil || badID != nil || micros < 0 || micros > 1<<53 {
		return time.Time{}, uuid.Nil, apperr.BadCursor()
	}
	return time.UnixMicro(micros), last, nil
}
