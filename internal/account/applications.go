package account

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// Dossier is an account as an operator sees it: the application with its
// evidence, the decision, and the person who applied. No data of employees.
type Dossier struct {
	ID                 uuid.UUID
	LegalName          string
	SpokenName         string
	RegistryNumber     string
	Country            string
	Province           string
	Website            string
	EmployeeCount      int
	UseCase            string
	CallbackNumber     string
	ContactAddress     string
	AttestationVersion string
	AttestedAt         time.Time
	AttestedIP         string `db:"attested_ip"`
	Status             string
	StatusReason       string
	AppliedAt          *time.Time
	ApprovedAt         *time.Time
	ApprovedByName     *string
	SenderNumber       *string
	CreatedAt          time.Time
	ApplicantName      string
	ApplicantEmail     string
	EmailVerifiedAt    *time.Time
	ApplicantPhone     string
	PhoneVerifiedAt    *time.Time

	DailyQuota          int
	DiallingPausedAt    *time.Time
	DiallingPauseReason string

	LegalHoldAt     *time.Time
	LegalHoldReason string
}

// FreeMail tells whether the applicant's address is one that anybody can have.
func (d Dossier) FreeMail() bool { return freeMail(d.ApplicantEmail) }

// DossierPage asks for a page of dossiers, newest first.
type DossierPage struct {
	Status string // empty: all
	Limit  int    // 1..200
	Cursor string // from the page before
}

const dossierQuery = `SELECT a.id, a.legal_name, a.spoken_name, a.registry_number, a.country, a.province, a.website, a.employee_count,
		a.use_case, a.callback_number, a.contact_address, a.attestation_version, a.attested_at, a.attested_ip, a.status, a.status_reason,
		a.applied_at, a.approved_at, o.name AS approved_by_name, s.number AS sender_number, a.created_at,
		u.name AS applicant_name, u.email AS applicant_email, u.email_verified_at, u.phone AS applicant_phone, u.phone_verified_at,
		a.daily_quota, a.dialling_paused_at, a.dialling_pause_reason, a.legal_hold_at, a.legal_hold_reason
	FROM accounts a LEFT JOIN operators o ON o.id = a.approved_by LEFT JOIN senders s ON s.id = a.sender_id
	CROSS JOIN LATERAL (SELECT p.name, p.email, p.email_verified_at, p.phone, p.phone_verified_at
		FROM users p WHERE p.account_id = a.id AND p.role = 'owner' ORDER BY p.created_at, p.id LIMIT 1) u`

// Dossiers returns a page and the cursor of the next one, empty at the end.
func (s *Service) Dossiers(ctx context.Context, page DossierPage) ([]Dossier, string, error) {
	at, id, err := parseCursor(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	rows, err := s.Operator.Query(ctx, dossierQuery+` WHERE ($1 = '' OR a.status = $1)
		AND ($2::timestamptz IS NULL OR (a.created_at, a.id) < ($2, $3)) ORDER BY a.created_at DESC, a.id DESC LIMIT $4`, page.Status, at, id, page.Limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list dossiers: %w", err)
	}
	dossiers, err := pgx.CollectRows(rows, pgx.RowToStructByName[Dossier])
	if err != nil {
		return nil, "", fmt.Errorf("list dossiers: %w", err)
	}
	if len(dossiers) <= page.Limit {
		return dossiers, "", nil
	}
	dossiers = dossiers[:page.Limit]
	last := dossiers[page.Limit-1]
	return dossiers, formatCursor(last.CreatedAt, last.ID), nil
}

// Dossier returns one account's.
func (s *Service) Dossier(ctx context.Context, id uuid.UUID) (Dossier, error) {
	rows, err := s.Operator.Query(ctx, dossierQuery+` WHERE a.id = $1`, id)
	if err != nil {
		return Dossier{}, fmt.Errorf("find dossier: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[Dossier])
	if err != nil {
		return Dossier{}, fmt.Errorf("find dossier: %w", err)
	}
	if len(found) == 0 {
		return Dossier{}, errNoAccount()
	}
	return found[0], nil
}

// A cursor is the place of the last row, in microseconds as the database keeps them.
func formatCursor(at time.Time, id uuid.UUID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at.UnixMicro(), 36) + "." + id.String()))
}

func parseCursor(cursor string) (*time.Time, uuid.UUID, error) {
	if cursor == "" {
		return nil, uuid.Nil, nil
	}
	refusal := &apperr.Error{Kind: apperr.Invalid, Code: "invalid", Message: "The cursor is not one of ours.",
		Fields: []apperr.Field{{Location: "query.cursor", Code: "malformed", Message: "Use next_cursor as it was given."}}}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, uuid.Nil, refusal
	}
	micros, rawID, _ := strings.Cut(string(raw), ".")
	n, err := strconv.ParseInt(micros, 36, 64)
	id, idErr := uuid.Parse(rawID)
	if err != nil || idErr != nil {
		return nil, uuid.Nil, refusal
	}
	at := time.UnixMicro(n)
	return &at, id, nil
}
