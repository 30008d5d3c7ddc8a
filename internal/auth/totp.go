package auth

import (
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// One-time codes after RFC 6238, as every authenticator app has them.
const (
	totpPeriod = 30 // seconds
	totpSkew   = 1  // steps before and after, for clocks that differ
	totpDigits = otp.DigitsSix
	totpSecret = 20 // bytes
)

// newSecret makes the secret of somebody's authenticator app, in base32 and as
// the otpauth:// address that apps read from a picture.
func newSecret(email string) (secret, url string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: "Callshu", AccountName: email, Period: totpPeriod, Digits: totpDigits, SecretSize: totpSecret})
	if err != nil {
		return "", "", fmt.Errorf("make totp secret: %w", err)
	}
	return key.Secret(), key.URL(), nil
}

// stepOf returns the time step that a code belongs to, 0 when it is none of
// now. The caller must still use the step up: a code is accepted once.
func (s *Service) stepOf(place string, sealed []byte, code string) (int64, error) {
	secret, err := s.Keys.Open(place, sealed)
	if err != nil {
		return 0, fmt.Errorf("open totp secret: %w", err)
	}
	now := s.Machine.Now().Unix() / totpPeriod
	found := int64(0)
	for step := now - totpSkew; step <= now+totpSkew; step++ {
		want, err := hotp.GenerateCodeCustom(string(secret), uint64(step), hotp.ValidateOpts{Digits: totpDigits, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, fmt.Errorf("compute one-time code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			found = step
		}
	}
	return found, nil
}

// looksLikeCode tells a one-time code from a recovery code, as people type them.
func looksLikeCode(typed string) bool {
	return len(typed) == totpDigits.Length() && strings.Trim(typed, "0123456789") == ""
}

// withoutSpaces takes out what apps and people put between digits.
func withoutSpaces(typed string) string {
	return strings.Join(strings.Fields(typed), "")
}
