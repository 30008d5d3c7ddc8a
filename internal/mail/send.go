package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	gomail "github.com/wneessen/go-mail"

	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
)

const sendTimeout = 30 * time.Second

// SenderConfig is what the way to the mail server is built from.
type SenderConfig struct {
	Worker *postgres.Pool
	Clock  clock.Clock
	// URL is smtp://user:password@host:587 (STARTTLS) or smtps://host:465 (TLS
	// from the first byte). Without TLS nothing leaves, except in development to
	// this very machine.
	URL         string
	From        string // "Callshu <no-reply@callshu.com>"
	Development bool
	TLS         *tls.Config // nil: the system's roots
	Files       Files       // nil: no mail has attachments
}

// Files gives out what mails carry.
type Files interface {
	Attachment(ctx context.Context, id uuid.UUID) (Attachment, error)
}

// Attachment is a file on its way.
type Attachment struct {
	Name      string
	MediaType string
	Body      []byte
}

// Sender takes mails from the outbox to the mail server.
type Sender struct {
	config  SenderConfig
	from    *mail.Address
	host    string
	options []gomail.Option
}

// NewSender checks the configuration; it does not connect.
func NewSender(c SenderConfig) (*Sender, error) {
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("parse sender address: %w", err)
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("parse mail server url: want smtp://host:port or smtps://host:port")
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	s := &Sender{config: c, from: from, host: u.Hostname(), options: []gomail.Option{gomail.WithTimeout(sendTimeout), gomail.WithHELO(domain)}}
	if err := s.secure(u); err != nil {
		return nil, err
	}
	if name := u.User.Username(); name != "" {
		password, _ := u.User.Password()
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(name), gomail.WithPassword(password))
	}
	return s, nil
}

// secure chooses the encryption that the URL asks for and refuses to do without.
func (s *Sender) secure(u *url.URL) error {
	plain := s.config.Development && loopback(s.host)
	port := 587
	switch {
	case u.Scheme == "smtps":
		port = 465
		s.options = append(s.options, gomail.WithSSL())
	case plain:
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if !plain && u.Query().Get("tls") == "none" {
		return errors.New("parse mail server url: mail without TLS goes to this machine only, in development")
	}
	if u.Port() != "" {
		var err error
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return fmt.Errorf("parse mail server port: %w", err)
		}
	}
	s.options = append(s.options, gomail.WithPort(port))
	if s.config.TLS != nil {
		s.options = append(s.options, gomail.WithTLSConfig(s.config.TLS))
	}
	return nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// mailsKept is how long it can be told that a mail was sent.
const mailsKept = 90 * 24 * time.Hour

// Forget deletes the rows of mails that were sent long ago; one that was not
// sent stays.
func (s *Sender) Forget(ctx context.Context) error {
	if _, err := s.config.Worker.Exec(ctx, `DELETE FROM mails WHERE sent_at < $1`, s.config.Clock.Now().Add(-mailsKept)); err != nil {
		return fmt.Errorf("forget old mails: %w", err)
	}
	return nil
}

type outgoing struct {
	Template  Template
	Recipient string
	Language  string
	Data      []byte
	SentAt    *time.Time
}

// Deliver sends one mail of the outbox and empties its row. A mail that was
// sent is not sent again; after a crash between the two it may be, with the
// same Message-ID. An error means that the job should be tried again; when the
// recipient was refused for good it also ends the job.
func (s *Sender) Deliver(ctx context.Context, id uuid.UUID) error {
	m, err := s.find(ctx, id)
	if err != nil || m.SentAt != nil {
		return err
	}
	sendErr := s.send(ctx, id, m)
	if err := s.record(ctx, id, sendErr); err != nil {
		return err
	}
	if Permanent(sendErr) {
		return river.JobCancel(sendErr)
	}
	return sendErr
}

func (s *Sender) find(ctx context.Context, id uuid.UUID) (outgoing, error) {
	rows, err := s.config.Worker.Query(ctx, `SELECT template, recipient, language, data, sent_at FROM mails WHERE id = $1`, id)
	if err != nil {
		return outgoing{}, fmt.Errorf("find mail: %w", err)
	}
	m, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[outgoing])
	if err != nil {
		return outgoing{}, fmt.Errorf("find mail: %w", err)
	}
	return m, nil
}

// send returns only errors that quote nothing of the mail.
func (s *Sender) send(ctx context.Context, id uuid.UUID, m outgoing) error {
	var data map[string]string
	if err := json.Unmarshal(m.Data, &data); err != nil {
		return errors.New("decode mail: its data is not an object of texts")
	}
	letter, err := render(m.Template, m.Language, data)
	if err != nil {
		return err
	}
	message, err := s.compose(id, m.Recipient, data[replyTo], letter)
	if err != nil {
		return err
	}
	if err := s.attach(ctx, id, message); err != nil {
		return err
	}
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("prepare mail client: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, message)
	if err == nil || message.IsDelivered() {
		return nil // the server took it, whatever became of the goodbye
	}
	return classify(err)
}

// attach adds the mail's files in their order.
func (s *Sender) attach(ctx context.Context, id uuid.UUID, m *gomail.Msg) error {
	rows, err := s.config.Worker.Query(ctx, `SELECT file_id FROM mail_attachments WHERE mail_id = $1 ORDER BY position`, id)
	if err != nil {
		return fmt.Errorf("list attachments: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return fmt.Errorf("list attachments: %w", err)
	}
	for _, file := range ids {
		if s.config.Files == nil {
			return errors.New("attach file: nobody keeps files here")
		}
		a, err := s.config.Files.Attachment(ctx, file)
		if err != nil {
			return fmt.Errorf("attach file: %w", err)
		}
		if err := m.AttachReader(a.Name, bytes.NewReader(a.Body), gomail.WithFileContentType(gomail.ContentType(a.MediaType))); err != nil {
			return fmt.Errorf("attach file: %w", err)
		}
	}
	return nil
}

func (s *Sender) compose(id uuid.UUID, recipient, answers string, letter rendered) (*gomail.Msg, error) {
	m := gomail.NewMsg()
	m.FromMailAddress(s.from)
	if err := m.To(recipient); err != nil {
		return nil, errors.New("compose mail: the recipient is no address") // the library's error names it
	}
	if answers != "" {
		if err := m.ReplyTo(answers); err != nil {
			return nil, errors.New("compose mail: the address for answers is none")
		}
	}
	_, domain, _ := strings.Cut(s.from.Address, "@")
	m.SetMessageIDWithValue(id.String() + "@" + domain)
	m.SetDateWithValue(s.config.Clock.Now())
	m.Subject(letter.subject)
	// Keeps holiday notices and mailing robots from answering.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(gomail.TypeTextPlain, letter.text)
	m.AddAlternativeString(gomail.TypeTextHTML, letter.html)
	return m, nil
}

// record notes how the attempt went. The row of a mail that is done with is
// emptied, for it may hold a link that opens an account.
func (s *Sender) record(ctx context.Context, id uuid.UUID, sendErr error) error {
	ctx = context.WithoutCancel(ctx) // what happened, happened
	var err error
	switch {
	case sendErr == nil:
		_, err = s.config.Worker.Exec(ctx, `UPDATE mails SET sent_at = $2, data = '{}', attempts = attempts + 1, last_error = '' WHERE id = $1`, id, s.config.Clock.Now())
	case Permanent(sendErr):
		_, err = s.config.Worker.Exec(ctx, `UPDATE mails SET data = '{}', attempts = attempts + 1, last_error = $2 WHERE id = $1`, id, sendErr.Error())
	default:
		_, err = s.config.Worker.Exec(ctx, `UPDATE mails SET attempts = attempts + 1, last_error = $2 WHERE id = $1`, id, sendErr.Error())
	}
	if err != nil {
		return fmt.Errorf("record mail attempt: %w", err)
	}
	return nil
}

// Failure is why an attempt failed. It holds no words of the server and none
// of the library: both quote addresses, and jobs' errors are kept and listed.
type Failure struct {
	Reason    string
	permanent bool
}

func (f *Failure) Error() string { return "send mail: " + f.Reason }

// ErrFileGone is the answer of Files for one that is not kept any more: what
// would carry it can never leave.
var ErrFileGone = &Failure{Reason: "a file that it carries is not kept any more", permanent: true}

// Permanent reports whether trying again is pointless: the server refused the
// recipient for good, or a file is gone. Any other refusal may be a mistake of ours that somebody
// mends, and the mail waits.
func Permanent(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.permanent
}

func classify(err error) *Failure {
	var refused *gomail.SendError
	switch {
	case errors.As(err, &refused) && refused.ErrorCode() != 0:
		return &Failure{Reason: fmt.Sprintf("the mail server answered %d", refused.ErrorCode()), permanent: refused.ErrorCode() >= 500 && refused.Reason == gomail.ErrSMTPRcptTo}
	case errors.As(err, &refused):
		return &Failure{Reason: refused.Reason.String()}
	}
	return &Failure{Reason: "no safe connection to the mail server"}
}
