package report

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/export"
)

// csvBytes is where a CSV ends and another begins, so that each fits a mail.
const csvBytes = 8 << 20

// csvHeader names the columns; at is in UTC, at_toronto the same instant there.
func csvHeader() []string {
	return []string{"id", "at", "at_toronto", "account_id", "account", "actor_kind", "actor_id", "actor_name", "action",
		"subject_kind", "subject_id", "detail", "ip", "request_id", "seal", "seal_hash"}
}

// table writes events as CSV, a new file whenever one is full.
type table struct {
	zone  *time.Location
	limit int // bytes
	body  *bytes.Buffer
	csv   *export.CSV
	rows  int64
	done  []part
}

// part is a finished file that does not know yet how many there are.
type part struct {
	body []byte
	rows int64
}

func (t *table) add(e Event) error {
	if t.csv != nil && t.body.Len() >= t.limit {
		if err := t.finish(); err != nil {
			return err
		}
	}
	t.begin()
	seal := ""
	if e.Seal != nil {
		seal = strconv.FormatInt(*e.Seal, 10)
	}
	t.csv.Row(strconv.FormatInt(e.ID, 10), e.At.UTC().Format(time.RFC3339Nano), e.At.In(t.zone).Format(time.RFC3339), idOf(e.AccountID), e.Account,
		e.ActorKind, idOf(e.ActorID), e.ActorName, e.Action, e.SubjectKind, e.SubjectID, string(e.Detail), e.IP, e.RequestID, seal, hex.EncodeToString(e.SealHash))
	t.rows++
	return nil
}

func (t *table) begin() {
	if t.csv == nil {
		t.body = &bytes.Buffer{}
		t.csv = export.NewCSV(t.body, csvHeader()...)
		t.rows = 0
	}
}

func (t *table) finish() error {
	t.begin() // a week without events has a file with a header
	if err := t.csv.Close(); err != nil {
		return err
	}
	t.done = append(t.done, part{body: t.body.Bytes(), rows: t.rows})
	t.csv = nil
	return nil
}

func idOf(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}
