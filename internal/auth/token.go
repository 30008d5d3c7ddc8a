package auth

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/seal"
)

const (
	tokenIssuer = "callshu"
	tokenType   = "session"
)

// claims are what the cookie says. It is only a claim check: what counts is
// the session's row and the person's token version, read on each request.
type claims struct {
	jwt.RegisteredClaims
	Type    string    `json:"typ"`
	Session uuid.UUID `json:"sid"`
	Account uuid.UUID `json:"acc"`
	Version int       `json:"tv"`
}

// signer makes and reads the tokens of one audience: an employer's cookie
// never passes for an operator's.
type signer struct {
	keys     []seal.Key
	audience string
	clock    clock.Clock
}

func (s signer) sign(person, account, session uuid.UUID, version int, expires time.Time) (string, error) {
	now := s.clock.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    tokenIssuer,
			Audience:  jwt.ClaimStrings{s.audience},
			Subject:   person.String(),
			IssuedAt:  jwt.NewNumericDate(now),
			NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(expires),
		},
		Type: tokenType, Session: session, Account: account, Version: version,
	})
	token.Header["kid"] = s.keys[0].ID
	return token.SignedString(s.keys[0].Secret)
}

// parse returns the claims of a token that one of our keys signed and that has
// not expired. Whatever is wrong with it, the answer is the same.
func (s signer) parse(token string) (claims, uuid.UUID, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, s.keyOf,
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(), jwt.WithIssuer(tokenIssuer), jwt.WithAudience(s.audience),
		jwt.WithTimeFunc(s.clock.Now), jwt.WithStrictDecoding())
	if err != nil || c.Type != tokenType {
		return claims{}, uuid.Nil, errSignIn()
	}
	person, err := uuid.Parse(c.Subject)
	if err != nil {
		return claims{}, uuid.Nil, errSignIn()
	}
	return c, person, nil
}

func (s signer) keyOf(token *jwt.Token) (any, error) {
	for _, key := range s.keys {
		if token.Header["kid"] == key.ID {
			return key.Secret, nil
		}
	}
	return nil, jwt.ErrTokenUnverifiable
}

func errSignIn() error {
	return apperr.New(apperr.Unauthenticated, "unauthenticated", "Sign in to continue.")
}
