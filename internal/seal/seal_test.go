package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/seal"
)

func secret(fill byte) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, 32))
}

func parse(t *testing.T, list string) *seal.Keys {
	t.Helper()
	keys, err := seal.Parse(list)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestParseListRefusesWhatIsNoKeyAndNamesNoSecret(t *testing.T) {
	t.Parallel()
	short := base64.StdEncoding.EncodeToString([]byte("short-canary"))
	for _, bad := range []string{"", " ", secret(1), ":" + secret(1), "a b:" + secret(1), "a:***", "a:" + short,
		"a:" + secret(1) + ",a:" + secret(2), "a:" + secret(1) + ",", strings.Repeat("k", 33) + ":" + secret(1)} {
		keys, err := seal.ParseList(bad)
		if err == nil {
			t.Errorf("ParseList(%q) accepted it: %v", bad, keys)
			continue
		}
		if strings.Contains(err.Error(), short) || strings.Contains(err.Error(), secret(1)) {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
	keys, err := seal.ParseList(" new:" + secret(2) + " , old:" + base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 40)))
	if err != nil || len(keys) != 2 || keys[0].ID != "new" || len(keys[1].Secret) != 40 {
		t.Errorf("ParseList = %v, %v", keys, err)
	}
}

func TestPhoneKeyStaysThroughRotation(t *testing.T) {
	t.Parallel()
	before := parse(t, "one:"+secret(1)).PhoneKey()
	after := parse(t, "two:"+secret(2)+",one:"+secret(1)).PhoneKey()
	if !bytes.Equal(before, after) {
		t.Error("a new first key changed the phone key")
	}
	// Fixed by vector: a change of the derivation would forget every refusal.
	if got, want := hex.EncodeToString(before), "d2def90b717330b578b4a74d122f71120035da5f7270cc1220ecdb03c50ff5c2"; got != want {
		t.Errorf("phone key is %s, want %s", got, want)
	}
	if bytes.Equal(before, parse(t, "one:"+secret(3)).PhoneKey()) {
		t.Error("another secret gave the same phone key")
	}
}

func TestSealOpensOnlyInItsPlaceAndUnchanged(t *testing.T) {
	t.Parallel()
	old := parse(t, "one:"+secret(1))
	sealed := old.Seal("operators:totp_secret:7", []byte("plain"))
	rotated := parse(t, "two:"+secret(2)+",one:"+secret(1))
	plain, err := rotated.Open("operators:totp_secret:7", sealed)
	if err != nil || string(plain) != "plain" {
		t.Fatalf("Open after rotation = %q, %v", plain, err)
	}
	if _, err := old.Open("operators:totp_secret:8", sealed); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("opened in another row: %v", err)
	}
	if _, err := parse(t, "one:"+secret(3)).Open("operators:totp_secret:7", sealed); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("opened under another key: %v", err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := old.Open("operators:totp_secret:7", changed); err == nil {
			t.Errorf("opened with byte %d changed", i)
		}
		if _, err := old.Open("operators:totp_secret:7", sealed[:i]); err == nil {
			t.Errorf("opened when cut at %d", i)
		}
	}
	if bytes.Equal(sealed, old.Seal("operators:totp_secret:7", []byte("plain"))) {
		t.Error("sealing twice gave the same bytes: no nonce")
	}
}

func TestSignedTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	keys := parse(t, "one:"+secret(1))
	token := keys.Sign("page", []byte("payload"), now.Add(time.Minute))
	rotated := parse(t, "two:"+secret(2)+",one:"+secret(1))
	if payload, err := rotated.Verify("page", token, now); err != nil || string(payload) != "payload" {
		t.Fatalf("Verify = %q, %v", payload, err)
	}
	if _, err := keys.Verify("page", token, now.Add(time.Minute)); err == nil {
		t.Error("verified when expired")
	}
	if _, err := keys.Verify("other", token, now); err == nil {
		t.Error("verified for another purpose")
	}
	if _, err := parse(t, "two:"+secret(2)).Verify("page", token, now); err == nil {
		t.Error("verified under a retired key")
	}
	for i := range token {
		changed := []byte(token)
		changed[i] ^= 1
		if _, err := keys.Verify("page", string(changed), now); err == nil {
			t.Errorf("verified with byte %d changed", i)
		}
	}
}

func TestMACSeparatesItsParts(t *testing.T) {
	t.Parallel()
	keys := parse(t, "one:"+secret(1))
	if bytes.Equal(keys.MAC("code", "ab", "c"), keys.MAC("code", "a", "bc")) {
		t.Error("two splits of one text have the same MAC")
	}
	if bytes.Equal(keys.MAC("code", "a"), keys.MAC("other", "a")) {
		t.Error("two purposes have the same MAC")
	}
}

func TestNewTokenIsLongAndStoredHashed(t *testing.T) {
	t.Parallel()
	token, hash := seal.NewToken()
	other, _ := seal.NewToken()
	if len(token) != 43 || token == other {
		t.Errorf("tokens %q and %q: want 43 characters, never the same", token, other)
	}
	if !bytes.Equal(hash, seal.HashToken(token)) || len(hash) != 32 {
		t.Error("the stored hash is not the token's")
	}
}
