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

	Change *NameChange `db:"-"` // waits for a decision; nil: none does

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
	Status     string // empty: all
	NameChange bool   // only those whose change of the legal name waits
	Limit      int    // 1..200
	Cursor     string // from the page before
}

const dossierQuery = `SELECT a.id, a.legal_name, a.spoken_name, a.registry_number, a.country, a.province, a.website, a.employee_count,
		a.use_case, a.callback_number, a.contact_address, a.attestation_version, a.attested_at, a.attested_ip, a.status, a.status_reason,
		a.applied_at, a.approved_at, o.name AS approved_by_name, s.number AS sender_number, a.created_at,
		u.name AS applicant_name, u.email AS applicant_email, u.email_verified_at, u.phone AS applicant_phone, u.phone_verified_at,
		a.daily_quota, a.dialling_paused_at, a.dialling_pause_reason, a.legal_hold_at, a.legal_hold_reason,
		c.id AS change_id, c.legal_name AS change_legal_name, c.registry_number AS change_registry,
		c.asked_by AS change_asked_by_id, asker.name AS change_asked_by, c.asked_at AS change_asked_at
	FROM accounts a LEFT JOIN operators o ON o.id = a.approved_by LEFT JOIN senders s ON s.id = a.sender_id
	LEFT JOIN account_changes c ON c.account_id = a.id AND c.state = 'waiting' LEFT JOIN users asker ON asker.id = c.asked_by
	CROSS JOIN LATERAL (SELECT p.name, p.email, p.email_verified_at, p.phone, p.phone_verified_at
		FROM users p WHERE p.account_id = a.id AND p.role = 'owner' ORDER BY p.created_at, p.id LIMIT 1) u`

// Dossiers returns a page and the cursor of the next one, empty at the end.
func (s *Service) Dossiers(ctx context.Context, page DossierPage) ([]Dossier, string, error) {
	at, id, err := parseCursor(page.Cursor)
	if err != nil {
		return nil, "", err
	}
	dossiers, err := s.findDossiers(ctx, ` WHERE ($1 = '' OR a.status = $1) AND ($5 IS FALSE OR c.id IS NOT NULL)
		AND ($2::timestamptz IS NULL OR (a.created_at, a.id) < ($2, $3)) ORDER BY a.created_at DESC, a.id DESC LIMIT $4`, page.Status, at, id, page.Limit+1, page.NameChange)
	if err != nil {
		return nil, "", err
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
	found, err := s.findDossiers(ctx, ` WHERE a.id = $1`, id)
	if err != nil {
		return Dossier{}, err
	}
	if len(found) == 0 {
		return Dossier{}, errNoAccount()
	}
	return found[0], nil
}

// dossierRow is a dossier with the columns of what may not be there.
type dossierRow struct {
	Dossier
	ChangeID        *uuid.UUID
	ChangeLegalName *string
	ChangeRegistry  *string
	ChangeAskedBy   *string
	ChangeAskedAt   *time.Time
	ChangeAskedByID *uuid.UUID
}

func (s *Service) findDossiers(ctx context.Context, where string, args ...any) ([]Dossier, error) {
	rows, err := s.Operator.Query(ctx, dossierQuery+where, args...)
	if err != nil {
		return nil, fmt.Errorf("find dossiers: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[dossierRow])
	if err != nil {
		return nil, fmt.Errorf("find dossiers: %w", err)
	}
	dossiers := make([]Dossier, len(found))
	for i, row := range found {
		dossiers[i] = row.Dossier
		if row.ChangeID != nil {
			dossiers[i].Change = &NameChange{ID: *row.ChangeID, LegalName: *row.ChangeLegalName, RegistryNumber: *row.ChangeRegistry,
				AskedBy: *row.ChangeAskedByID, AskedByName: *row.ChangeAskedBy, AskedAt: *row.ChangeAskedAt}
		}
	}
	return dossiers, nil
}

// A cursor is the place of the last row, in microseconds as the database keeps them.
func formatCursor(at time.Time, id uuid.UUID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at.UnixMicro(), 36) + "." + id.String()))
}

func parseCursor(cursor string) (*time.Time, uuid.UUID, error) {
	if cursor == "" {
		return nil, uuid.Nil, nil
	}
	refusal := apperr.BadCursor()
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
