package auth

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// A browser that somebody has signed in from carries a note of ours that says so.
// It opens nothing and spares nobody anything. But the tries of such a browser
// are counted apart: strangers who try an address without end, from wherever,
// keep others out as unknown as they are, and never the person from a browser of
// their own. Nor does it give whoever steals it more than its own few tries.
const (
	knownFor    = 180 * 24 * time.Hour
	knownPeople = 5 // who share a browser; the newest stay
	knownType   = "known"
)

// knownClaims are what the note says: which browser, and whose.
type knownClaims struct {
	jwt.RegisteredClaims
	Type   string      `json:"typ"`
	People []uuid.UUID `json:"ppl"`
}

// Known makes a browser known for 180 days.
type Known struct {
	Token     string
	ExpiresAt time.Time
}

// knownTo returns a browser's name where somebody has signed in from it before,
// and nothing for every other note.
func (s *Service) knownTo(token string, person uuid.UUID) string {
	c := s.readKnown(token)
	if person == uuid.Nil || !slices.Contains(c.People, person) {
		return ""
	}
	return c.ID
}

// readKnown returns what one of our own notes says, and nothing of any other.
func (s *Service) readKnown(token string) knownClaims {
	var c knownClaims
	_, err := jwt.ParseWithClaims(token, &c, s.browsers.keyOf,
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(), jwt.WithIssuer(tokenIssuer), jwt.WithAudience(s.browsers.audience),
		jwt.WithTimeFunc(s.Clock.Now), jwt.WithStrictDecoding())
	if err != nil || c.Type != knownType {
		return knownClaims{}
	}
	return c
}

// know makes a browser one that the person has signed in from, beside those who
// have before; token is what it holds already.
func (s *Service) know(token string, person uuid.UUID) (Known, error) {
	before, now := s.readKnown(token), s.Clock.Now()
	c := knownClaims{Type: knownType, People: []uuid.UUID{person}}
	for _, other := range before.People {
		if other != person && len(c.People) < knownPeople {
			c.People = append(c.People, other)
		}
	}
	known := Known{ExpiresAt: now.Add(knownFor)}
	c.RegisteredClaims = jwt.RegisteredClaims{ID: before.ID, Issuer: tokenIssuer, Audience: jwt.ClaimStrings{s.browsers.audience},
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(known.ExpiresAt)}
	if c.ID == "" {
		c.ID = uuid.NewString()
	}
	note := jwt.NewWithClaims(jwt.SigningMethodHS256, c)
	note.Header["kid"] = s.browsers.keys[0].ID
	var err error
	if known.Token, err = note.SignedString(s.browsers.keys[0].Secret); err != nil {
		return Known{}, fmt.Errorf("sign known browser: %w", err)
	}
	return known, nil
}

// countTry takes one of the tries at somebody's password: of a browser that the
// person has signed in from, or of all strangers together. address is what was
// typed; person is nil where it is nobody's.
func (s *Service) countTry(ctx context.Context, address, token string, person uuid.UUID) error {
	if browser := s.knownTo(token, person); browser != "" {
		return s.Limits.take(ctx, limitKnown(), browser+" "+person.String())
	}
	return s.Limits.email(ctx, address)
}
