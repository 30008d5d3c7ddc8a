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
}

// replyTo is the key under which a row keeps the address for answers, beside
// the template's words and emptied with them.
const replyTo = "reply_to"

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
	if _, err := render(m.Template, m.Language, m.Data); err != nil {
		return err
	}
	stored := maps.Clone(m.Data)
	if m.ReplyTo != "" {
		if _, err := netmail.ParseAddress(m.ReplyTo); err != nil {
			return fmt.Errorf("queue mail %s: the address for answers is none", m.Template)
		}
		if stored == nil {
			stored = map[string]string{}
		}
		stored[replyTo] = m.ReplyTo
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
	return o.jobs.Insert(ctx, tx, Send{ID: id}, nil)
}
