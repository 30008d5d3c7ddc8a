package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Sources of sealed rows.
const (
	sourceAudit   = "audit"
	sourceConsent = "consent"
)

// canonical writes a row so that anybody can compute its bytes again, in any
// language: a title line, then per field "name:length:bytes\n" in a fixed
// order, "name:-:\n" for NULL. Lengths make it unambiguous; test vectors fix
// it, because a change would break every seal there is.
type canonical struct{ b bytes.Buffer }

func newCanonical(title string) *canonical {
	c := &canonical{}
	c.b.WriteString(title + "\n")
	return c
}

func (c *canonical) text(name, value string) *canonical {
	c.b.WriteString(name + ":" + strconv.Itoa(len(value)) + ":" + value + "\n")
	return c
}

func (c *canonical) null(name string) *canonical {
	c.b.WriteString(name + ":-:\n")
	return c
}

func (c *canonical) number(name string, value int64) *canonical {
	return c.text(name, strconv.FormatInt(value, 10))
}

func (c *canonical) id(name string, value *uuid.UUID) *canonical {
	if value == nil {
		return c.null(name)
	}
	return c.text(name, value.String())
}

// time is RFC 3339 in UTC with six digits: what the database keeps.
func (c *canonical) time(name string, value *time.Time) *canonical {
	if value == nil {
		return c.null(name)
	}
	return c.text(name, value.UTC().Format("2006-01-02T15:04:05.000000Z"))
}

func (c *canonical) binary(name string, value []byte) *canonical {
	if value == nil {
		return c.null(name)
	}
	return c.text(name, hex.EncodeToString(value))
}

// json brings an object into one form: sorted keys, no blanks, numbers as the
// database prints them.
func (c *canonical) json(name string, value []byte) (*canonical, error) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return nil, fmt.Errorf("encode %s canonically: %w", name, err)
	}
	var sorted bytes.Buffer
	encoder := json.NewEncoder(&sorted)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(decoded); err != nil {
		return nil, fmt.Errorf("encode %s canonically: %w", name, err)
	}
	return c.text(name, string(bytes.TrimSuffix(sorted.Bytes(), []byte("\n")))), nil
}

// commitment is SHA-256(nonce || payload). Without the nonce nobody can tell
// what was sealed by trying likely payloads.
func commitment(nonce, payload []byte) []byte {
	h := sha256.New()
	h.Write(nonce)
	h.Write(payload)
	return h.Sum(nil)
}

// seal is one link of a chain.
type seal struct {
	Chain      uuid.UUID
	Seq        int64
	Source     string
	RowID      int64
	Commitment []byte
	Prev       []byte
	Hash       []byte
	SealedAt   time.Time
}

// link is the hash that binds a seal to its place, its row, its time and all
// seals before it.
func (s seal) link() []byte {
	h := sha256.New()
	h.Write([]byte("callshu seal v1\n"))
	h.Write(s.Chain[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(s.Seq)))
	h.Write([]byte{byte(len(s.Source))})
	h.Write([]byte(s.Source))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(s.RowID)))
	h.Write(s.Commitment)
	h.Write(s.Prev)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(s.SealedAt.UnixMicro())))
	return h.Sum(nil)
}

// genesis is what the first seal of a chain has before it.
func genesis() []byte { return make([]byte, sha256.Size) }

// chainOf is the account's chain; the zero id is the platform's.
func chainOf(account *uuid.UUID) uuid.UUID {
	if account == nil {
		return uuid.Nil
	}
	return *account
}
