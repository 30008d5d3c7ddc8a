// Package seal owns the keys that protect small secrets at rest and the links
// that carry rights: it derives one key per purpose, encrypts, signs and
// verifies. It must never print, log or return a master key, and it decides
// nothing about who may open what.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// minKeyBytes is the least length of a configured key: the strength of the
// primitives here is 256 bits and a shorter key would lower it in silence.
const minKeyBytes = 32

// Key is one entry of a configured key list.
type Key struct {
	ID     string
	Secret []byte
}

// ParseList reads "kid:base64,kid:base64". Key ids are 1 to 32 of [a-zA-Z0-9_-],
// each once; secrets are at least 32 bytes in standard or URL-safe base64. An
// error names the entry's position and id, never its secret.
func ParseList(list string) ([]Key, error) {
	if strings.TrimSpace(list) == "" {
		return nil, errors.New("parse key list: it is empty")
	}
	seen := map[string]bool{}
	var keys []Key
	for i, entry := range strings.Split(list, ",") {
		id, encoded, found := strings.Cut(strings.TrimSpace(entry), ":")
		if !found || !validKeyID(id) {
			return nil, fmt.Errorf("parse key list: entry %d is not kid:base64", i+1)
		}
		if seen[id] {
			return nil, fmt.Errorf("parse key list: key id %q comes twice", id)
		}
		seen[id] = true
		secret, err := decodeKey(encoded)
		if err != nil {
			return nil, fmt.Errorf("parse key list: key %q is not base64", id)
		}
		if len(secret) < minKeyBytes {
			return nil, fmt.Errorf("parse key list: key %q has %d bytes, want at least %d", id, len(secret), minKeyBytes)
		}
		keys = append(keys, Key{ID: id, Secret: secret})
	}
	return keys, nil
}

func validKeyID(id string) bool {
	if id == "" || len(id) > 32 {
		return false
	}
	for _, r := range id {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
		default:
			return false
		}
	}
	return true
}

func decodeKey(encoded string) ([]byte, error) {
	plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(encoded, "="))
	return base64.RawStdEncoding.DecodeString(plain)
}

// Keys derives everything else from the configured data keys. The first key
// seals and signs; every key opens and verifies, so that rotation is: put a new
// key first, keep the old ones.
type Keys struct {
	ring []Key
}

// Parse reads the DATA_KEYS setting, as ParseList does.
func Parse(list string) (*Keys, error) {
	ring, err := ParseList(list)
	if err != nil {
		return nil, err
	}
	return &Keys{ring: ring}, nil
}

// PhoneKey returns the key of the keyed hash of phone numbers. It never
// rotates: a refusal is remembered by that hash alone once its person is
// erased, so another key would forget every STOP. It derives from the last
// entry of the list, the oldest, which therefore must never be taken out.
func (k *Keys) PhoneKey() []byte {
	return derive(k.ring[len(k.ring)-1].Secret, "phone-key v1")
}

// derive returns 32 bytes for one purpose (RFC 5869, HKDF with SHA-256).
func derive(secret []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "callshu "+purpose, 32)
	if err != nil {
		// Only a length above 255 hashes or a FIPS refusal of short keys errs, and neither can happen here.
		panic("seal: derive key: " + err.Error())
	}
	return key
}

// ErrOpen says that a sealed value or token was not made by these keys for this
// place, was changed, or has expired. It tells no more, on purpose.
var ErrOpen = errors.New("sealed value does not open")

const formatV1 = 1

// Seal encrypts a small secret with AES-256-GCM under the first key. place
// binds it to where it is kept, as "table:column:row", so that a sealed value
// copied to another row does not open there.
func (k *Keys) Seal(place string, plain []byte) []byte {
	key := k.ring[0]
	sealed := append([]byte{formatV1, byte(len(key.ID))}, key.ID...)
	// NewGCMWithRandomNonce prepends its own 12 random bytes.
	return aead(key.Secret).Seal(sealed, nil, plain, []byte(place))
}

// Open decrypts what Seal returned for the same place, or returns ErrOpen.
func (k *Keys) Open(place string, sealed []byte) ([]byte, error) {
	if len(sealed) < 2 || sealed[0] != formatV1 || len(sealed) < 2+int(sealed[1]) {
		return nil, ErrOpen
	}
	id, rest := string(sealed[2:2+int(sealed[1])]), sealed[2+int(sealed[1]):]
	key, ok := k.find(id)
	if !ok {
		return nil, ErrOpen
	}
	plain, err := aead(key.Secret).Open(nil, nil, rest, []byte(place))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func aead(secret []byte) cipher.AEAD {
	block, err := aes.NewCipher(derive(secret, "secret v1"))
	if err != nil {
		panic("seal: new cipher: " + err.Error()) // a derived key always has 32 bytes
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic("seal: new gcm: " + err.Error()) // AES always has the block size of GCM
	}
	return gcm
}

func (k *Keys) find(id string) (Key, bool) {
	for _, key := range k.ring {
		if key.ID == id {
			return key, true
		}
	}
	return Key{}, false
}

// Sign returns a URL-safe token that carries payload readably, names its key
// and expires. A token of one purpose never verifies for another.
func (k *Keys) Sign(purpose string, payload []byte, expires time.Time) string {
	key := k.ring[0]
	body := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix()))
	body = append(body, payload...)
	encode := base64.RawURLEncoding.EncodeToString
	return key.ID + "." + encode(body) + "." + encode(mac(key.Secret, purpose, key.ID, body))
}

// Verify returns the payload of a token signed for purpose that has not
// expired at now, or ErrOpen.
func (k *Keys) Verify(purpose, token string, now time.Time) ([]byte, error) {
	id, rest, _ := strings.Cut(token, ".")
	encodedBody, encodedMAC, found := strings.Cut(rest, ".")
	key, known := k.find(id)
	if !found || !known {
		return nil, ErrOpen
	}
	body, err := base64.RawURLEncoding.Strict().DecodeString(encodedBody)
	if err != nil || len(body) < 8 {
		return nil, ErrOpen
	}
	sum, err := base64.RawURLEncoding.Strict().DecodeString(encodedMAC)
	if err != nil || !hmac.Equal(sum, mac(key.Secret, purpose, id, body)) {
		return nil, ErrOpen
	}
	if now.Unix() >= int64(binary.BigEndian.Uint64(body)) {
		return nil, ErrOpen
	}
	return body[8:], nil
}

// MAC returns the keyed hash of short secrets that are compared, never read
// back (codes of six digits would not survive a plain hash). It uses the last
// key, so that rotation does not void what is outstanding.
func (k *Keys) MAC(purpose string, parts ...string) []byte {
	key := k.ring[len(k.ring)-1]
	var body []byte
	for _, part := range parts {
		body = binary.BigEndian.AppendUint32(body, uint32(len(part)))
		body = append(body, part...)
	}
	return mac(key.Secret, purpose, key.ID, body)
}

func mac(secret []byte, purpose, id string, body []byte) []byte {
	h := hmac.New(sha256.New, derive(secret, "mac v1 "+purpose))
	h.Write([]byte{byte(len(id))})
	h.Write([]byte(id))
	h.Write(body)
	return h.Sum(nil)
}

// NewToken returns a fresh secret of 256 bits for a link and the hash under
// which it is stored: who reads the table cannot use the link.
func NewToken() (token string, hash []byte) {
	var secret [32]byte
	rand.Read(secret[:]) //nolint:errcheck // it never fails: Go ends the process instead
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	return token, HashToken(token)
}

// HashToken returns the stored form of a token made by NewToken.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
