package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// An invitation is a mail to whoever an owner names: one account writes few of
// them, and one address gets few, from all accounts together.
func limitInvite() limit     { return limit{"invite-account", 30, time.Hour} }
func limitInviteMail() limit { return limit{"invite-email", 5, 24 * time.Hour} }

// Every wish for another legal name is read by an operator.
func limitNameChange() limit { return limit{"name-change", 5, 24 * time.Hour} }

// NameChange takes one of the five wishes for another legal name that an
// account may have in a day.
func (l *Limits) NameChange(ctx context.Context, account uuid.UUID) error {
	return l.take(ctx, limitNameChange(), account.String())
}

// Invite takes one of the thirty invitations that an account may send in an hour.
func (l *Limits) Invite(ctx context.Context, account uuid.UUID) error {
	return l.take(ctx, limitInvite(), account.String())
}

// InviteMail reports whether one more invitation may go to an address. Nobody
// is told beyond it: who else invites an address is no account's business. The
// log keeps a hash, as for logins.
func (l *Limits) InviteMail(ctx context.Context, email string) (bool, error) {
	sum := sha256.Sum256([]byte(strings.ToLower(email)))
	err := l.take(ctx, limitInviteMail(), hex.EncodeToString(sum[:16]))
	if apperr.HasCode(err, "too_many_requests") {
		return false, nil
	}
	return err == nil, err
}

// SignOut ends every session of a user of the transaction's account, from the
// next request on.
func (s *Service) SignOut(ctx context.Context, tx pgx.Tx, user uuid.UUID) error {
	_, err := raiseVersion(ctx, tx, user, s.Clock.Now())
	return err
}
