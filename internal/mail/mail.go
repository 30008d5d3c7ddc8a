// Package mail owns the letters we write: their wording, the outbox row that is
// inserted with the act that causes one, and the way to the SMTP server. It
// must never send within a request, and what it sends leaves no secret behind:
// a row is emptied once its mail is gone.
package mail

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	netmail "net/mail"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/callshu/callshu/internal/clock"
)

// Send is the job that delivers one mail of the outbox.
type Send struct {
	ID uuid.UUID `json:"id"`
}

// Kind names the job.
func (Send) Kind() string { return "mail_send" }

// InsertOpts spreads 18 tries over about five days (River waits attempt^4
// seconds): a mail server that is down over a long weekend loses nothing.
func (Send) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 18} }

// Mail is one letter to one person.
type Mail struct {
	Account  *uuid.UUID // nil: the platform's own
	Template Template
	To       string
	Language string
	Data     map[string]string // the template's words; links among them
	ReplyTo  string            // who reads answers; empty: nobody, as From says
	Items    []string          // lines of a list, for a template that has one
	// Attachments are files by id, in order: their owner keeps the bytes and
	// gives them out when the mail leaves.
	Attachments []uuid.UUID
}

// Keys under which a row keeps the address for answers and the lines of a
// list, beside the template's words and emptied with them.
const (
	replyTo = "reply_to"
	items   = "items"
)

// Inserter adds a job to the transaction of the act that causes it.
type Inserter interface {
	Insert(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) error
}

// Outbox queues mails.
type Outbox struct {
	jobs  Inserter
	clock clock.Clock
}

// NewOutbox returns an outbox whose jobs go through jobs.
func NewOutbox(jobs Inserter, c clock.Clock) *Outbox { return &Outbox{jobs: jobs, clock: c} }

// Queue inserts the mail and its job in tx: it leaves if, and only if, the act
// is committed. A mail that its template cannot render is refused here, where
// the act can still be undone.
func (o *Outbox) Queue(ctx context.Context, tx pgx.Tx, m Mail) error {
	stored, err := m.words()
	if err != nil {
		return err
	}
	if _, err := render(m.Template, m.Language, stored); err != nil {
		return err
	}
	data, err := json.Marshal(stored)
	if err != nil {
		return fmt.Errorf("encode mail %s: %w", m.Template, err)
	}
	id := uuid.New()
	_, err = tx.Exec(ctx, `INSERT INTO mails (id, account_id, template, recipient, language, data, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, id, m.Account, m.Template, m.To, m.Language, data, o.clock.Now())
	if err != nil {
		return fmt.Errorf("insert mail %s: %w", m.Template, err)
	}
	for i, file := range m.Attachments {
		if _, err := tx.Exec(ctx, `INSERT INTO mail_attachments (mail_id, position, file_id) VALUES ($1, $2, $3)`, id, i, file); err != nil {
			return fmt.Errorf("attach to mail %s: %w", m.Template, err)
		}
	}
	return o.jobs.Insert(ctx, tx, Send{ID: id}, nil)
}

// words are the template's with what a row keeps beside them.
func (m Mail) words() (map[string]string, error) {
	stored := map[string]string{}
	maps.Copy(stored, m.Data)
	if m.ReplyTo != "" {
		if _, err := netmail.ParseAddress(m.ReplyTo); err != nil {
			return nil, fmt.Errorf("queue mail %s: the address for answers is none", m.Template)
		}
		stored[replyTo] = m.ReplyTo
	}
	if len(m.Items) > 0 {
		lines := make([]string, len(m.Items))
		for i, line := range m.Items {
			lines[i] = oneLine(line)
		}
		stored[items] = strings.Join(lines, "\n")
	}
	return stored, nil
}
