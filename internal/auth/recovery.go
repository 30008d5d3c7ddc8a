package auth

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/seal"
)

// A recovery code stands in for the phone once. Of 24 letters of base32 it has
// 120 bits: too many to guess, so a plain hash keeps it.
const (
	recoveryCodes   = 10
	recoveryLetters = 24
	recoveryGroup   = 6
)

// newRecoveryCodes returns codes as a person prints them: ABCDEF-GHIJKL-…
func newRecoveryCodes() []string {
	codes := make([]string, recoveryCodes)
	for i := range codes {
		letters := rand.Text()[:recoveryLetters]
		var groups []string
		for at := 0; at < recoveryLetters; at += recoveryGroup {
			groups = append(groups, letters[at:at+recoveryGroup])
		}
		codes[i] = strings.Join(groups, "-")
	}
	return codes
}

// recoveryHash is the stored form of a code, whatever case and signs it is
// typed with; digits that base32 does not have are the letters they look like.
func recoveryHash(typed string) []byte {
	letters := strings.Map(func(r rune) rune {
		switch {
		case r == '0':
			return 'O'
		case r == '1':
			return 'I'
		case r == '8':
			return 'B'
		case r >= 'A' && r <= 'Z', r >= '2' && r <= '7':
			return r
		}
		return -1
	}, strings.ToUpper(typed))
	return seal.HashToken("recovery:" + letters)
}

// replaceRecoveryCodes voids the codes a user has and returns ten new ones,
// which are shown this once.
func replaceRecoveryCodes(ctx context.Context, tx pgx.Tx, account, user uuid.UUID, now time.Time) ([]string, error) {
	if err := deleteRecoveryCodes(ctx, tx, user); err != nil {
		return nil, err
	}
	codes := newRecoveryCodes()
	hashes := make([][]byte, len(codes))
	for i, code := range codes {
		hashes[i] = recoveryHash(code)
	}
	return codes, insertRecoveryCodes(ctx, tx, account, user, hashes, now)
}
