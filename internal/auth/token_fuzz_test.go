package auth

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/seal"
)

// Whatever stands in a cookie, it is a session only if one of our keys signed
// exactly these bytes, by HMAC-SHA-256, for this audience, and its time is not over.
func FuzzParseToken(f *testing.F) {
	now := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	key := seal.Key{ID: "j1", Secret: bytes.Repeat([]byte("J"), 32)}
	ours := signer{keys: []seal.Key{key}, audience: "callshu", clock: clock.NewManual(now)}
	person, account, session := uuid.UUID{1}, uuid.UUID{2}, uuid.UUID{3} // the same in each of the fuzzer's processes
	add := func(s signer, expires time.Time) {
		token, err := s.sign(person, account, session, 1, expires)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(token)
	}
	valid, err := ours.sign(person, account, session, 1, now.Add(time.Hour))
	if err != nil {
		f.Fatal(err)
	}
	if _, _, err := ours.parse(valid); err != nil {
		f.Fatalf("our own token: %v", err)
	}
	f.Add(valid)
	add(ours, now)
	add(signer{keys: ours.keys, audience: "callshu-operator", clock: ours.clock}, now.Add(time.Hour))
	add(signer{keys: []seal.Key{{ID: "j1", Secret: bytes.Repeat([]byte("x"), 32)}}, audience: "callshu", clock: ours.clock}, now.Add(time.Hour))
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims{Type: tokenType}).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		f.Fatal(err)
	}
	endless := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{RegisteredClaims: jwt.RegisteredClaims{Issuer: tokenIssuer, Audience: jwt.ClaimStrings{"callshu"},
		Subject: person.String()}, Type: tokenType, Session: session, Account: account, Version: 1})
	endless.Header["kid"] = key.ID
	forever, err := endless.SignedString(key.Secret)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{forever, unsigned, valid + ".", valid + "=", " " + valid, valid[:len(valid)-1], "..", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, who, err := ours.parse(token)
		if err != nil {
			return
		}
		at := strings.LastIndex(token, ".")
		mac := hmac.New(sha256.New, key.Secret)
		mac.Write([]byte(token[:at]))
		if token[at+1:] != base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) {
			t.Fatalf("accepted a signature that is none: %q", token)
		}
		var header struct{ Alg, Kid string }
		raw, err := base64.RawURLEncoding.DecodeString(token[:strings.Index(token, ".")])
		if err != nil || json.Unmarshal(raw, &header) != nil || header.Alg != "HS256" || header.Kid != "j1" {
			t.Errorf("accepted the header %s", raw)
		}
		if c.Type != tokenType || c.ExpiresAt == nil || !c.ExpiresAt.After(now) || len(c.Audience) != 1 || c.Audience[0] != "callshu" || who != person {
			t.Errorf("accepted the claims %+v of %s", c, who)
		}
	})
}
