package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/seal"
)

// rememberedFor is how long a browser is asked for no code. It stands for the
// second factor alone: the password is asked for each time.
const rememberedFor = 30 * 24 * time.Hour

// Remembered is a browser that is asked for no code, as its owner sees it.
type Remembered struct {
	ID         uuid.UUID
	CreatedAt  time.Time
	LastUsedAt time.Time
	ExpiresAt  time.Time
	IP         string
	UserAgent  string
	Current    bool // it is the one that asks
}

// remember makes a browser one that is asked for no code, and tells the person.
func (s *Service) remember(ctx context.Context, tx pgx.Tx, user userRow, client Client) (token string, expires time.Time, err error) {
	token, hash := seal.NewToken()
	now, id := s.Clock.Now(), uuid.New()
	expires = now.Add(rememberedFor)
	_, err = tx.Exec(ctx, `INSERT INTO remembered_devices (id, account_id, user_id, token_hash, ip, user_agent, created_at, last_used_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)`, id, user.AccountID, user.ID, hash, client.IP, client.userAgent(), now, expires)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("insert remembered device: %w", err)
	}
	if err := s.tell(ctx, tx, user, mail.DeviceRemembered, map[string]string{"until": expires.Format("2006-01-02")}); err != nil {
		return "", time.Time{}, err
	}
	return token, expires, audit.Record(ctx, tx, audit.Event{Account: &user.AccountID, At: now, Actor: client.user(user.ID, user.Name),
		Action: "user.device_remembered", SubjectKind: "device", SubjectID: id.String()})
}

// remembered reports whether a browser's token still spares its user the code.
func (s *Service) remembered(ctx context.Context, tx pgx.Tx, user uuid.UUID, token string) (bool, error) {
	if token == "" {
		return false, nil
	}
	tag, err := tx.Exec(ctx, `UPDATE remembered_devices SET last_used_at = $3
		WHERE user_id = $1 AND token_hash = $2 AND revoked_at IS NULL AND expires_at > $3`, user, seal.HashToken(token), s.Clock.Now())
	if err != nil {
		return false, fmt.Errorf("use remembered device: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// RememberedDevices lists the browsers that are asked for no code, newest use
// first; token is the asking browser's own, empty when it is none of them.
func (s *Service) RememberedDevices(ctx context.Context, session Session, token string) ([]Remembered, error) {
	var list []Remembered
	err := s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, created_at, last_used_at, expires_at, ip, user_agent, token_hash = $2 AS current FROM remembered_devices
			WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $3 ORDER BY last_used_at DESC, id LIMIT 100`, session.UserID, seal.HashToken(token), s.Clock.Now())
		if err != nil {
			return fmt.Errorf("list remembered devices: %w", err)
		}
		if list, err = pgx.CollectRows(rows, pgx.RowToStructByName[Remembered]); err != nil {
			return fmt.Errorf("list remembered devices: %w", err)
		}
		return nil
	})
	return list, err
}

// ForgetDevice makes one of the user's own browsers be asked for a code again;
// another's is not found.
func (s *Service) ForgetDevice(ctx context.Context, session Session, client Client, id uuid.UUID) error {
	return s.App.InAccount(ctx, session.AccountID, func(tx pgx.Tx) error {
		now := s.Clock.Now()
		tag, err := tx.Exec(ctx, `UPDATE remembered_devices SET revoked_at = $3 WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL AND expires_at > $3`, session.UserID, id, now)
		if err != nil {
			return fmt.Errorf("forget device: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return apperr.New(apperr.NotFound, "not_found", "There is no such device.")
		}
		return audit.Record(ctx, tx, audit.Event{Account: &session.AccountID, At: now, Actor: client.user(session.UserID, session.Name),
			Action: "user.device_forgotten", SubjectKind: "device", SubjectID: id.String()})
	})
}
