package stack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/callshu/callshu/internal/callhours"
)

// reached is the file that keeps how far business time has come: it never runs
// backwards, not from one demo to the next either.
type reached struct {
	At time.Time `json:"business_time"`
}

func clockPath(dir string) string { return filepath.Join(dir, "clock") }

// SaveClock keeps how far business time has come.
func (s *Stack) SaveClock() error {
	data, err := json.Marshal(reached{At: s.Now().UTC()})
	if err != nil {
		return fmt.Errorf("keep business time: %w", err)
	}
	return replaceFile(clockPath(s.opts.Dir), append(data, '\n'))
}

// NextMonday is when a demo begins: 09:02 in Toronto on the first Monday after
// both the machine's time and what the last run reached. Phones may ring then,
// whenever somebody tries it. The simulator shares this clock, and the product
// looks up lost calls by the carrier's times, so it must not lie in the past.
func NextMonday(dir string) (time.Time, error) {
	last := time.Now()
	data, err := os.ReadFile(clockPath(dir))
	if err == nil {
		var r reached
		if err := json.Unmarshal(data, &r); err != nil {
			return time.Time{}, fmt.Errorf("read %s: %w (remove the directory to begin anew)", clockPath(dir), err)
		}
		if r.At.After(last) {
			last = r.At
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, fmt.Errorf("read business time: %w (was it kept by another user? remove %s)", err, dir)
	}
	zones, err := callhours.Load()
	if err != nil {
		return time.Time{}, fmt.Errorf("load time zones: %w", err)
	}
	toronto, ok := zones.Location("America/Toronto")
	if !ok {
		return time.Time{}, errors.New("load time zones: no America/Toronto")
	}
	local := last.In(toronto)
	monday := time.Date(local.Year(), local.Month(), local.Day()+int(time.Monday+7-local.Weekday())%7, 9, 2, 0, 0, toronto)
	if !monday.After(last) {
		monday = monday.AddDate(0, 0, 7)
	}
	return monday, nil
}

// Code is the operator's one-time code at an instant of the machine's clock.
func (s *Stack) Code(at time.Time) (string, error) {
	code, err := totp.GenerateCode(s.secrets.OperatorTOTP, at)
	if err != nil {
		return "", fmt.Errorf("compute one-time code: %w", err)
	}
	return code, nil
}

// Secret is the operator's second factor, for an authenticator app.
func (s *Stack) Secret() string { return s.secrets.OperatorTOTP }

// Seeded is what the sample data left behind; nil before it is whole.
func (s *Stack) Seeded() *Seeded { return s.secrets.Seeded }

// MarkSeeded notes that the sample data is whole.
func (s *Stack) MarkSeeded(done Seeded) error {
	s.secrets.Seeded = &done
	return s.secrets.save()
}

// Dir is where the stack keeps its state.
func (s *Stack) Dir() string { return s.opts.Dir }
