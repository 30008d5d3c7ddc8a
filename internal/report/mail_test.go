package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/report"
)

// inbox is a mail server in this process that can be down or refuse.
type inbox struct {
	mu      sync.Mutex
	status  int // with which recipients are refused; 0: none
	letters [][]byte
}

func (b *inbox) NewSession(*smtp.Conn) (smtp.Session, error) { return delivery{b}, nil }

type delivery struct{ *inbox }

func (d delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d delivery) Rcpt(string, *smtp.RcptOptions) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.status != 0 {
		return &smtp.SMTPError{Code: d.status, Message: "no"}
	}
	return nil
}

func (d delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.letters = append(d.letters, raw)
	return err
}
func (d delivery) Reset()        {}
func (d delivery) Logout() error { return nil }

func (b *inbox) refuse(status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.status = status
}

func (b *inbox) all() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.letters)
}

// post is a mail server and the product's way to it.
func (w *world) post(s *report.Service) (*inbox, *mail.Sender) {
	w.t.Helper()
	b := &inbox{}
	server := smtp.NewServer(b)
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	go server.Serve(listener)              //nolint:errcheck // it ends with the listener
	w.t.Cleanup(func() { server.Close() }) //nolint:errcheck // nothing depends on it
	sender, err := mail.NewSender(mail.SenderConfig{Worker: w.worker, Clock: w.clock, URL: "smtp://" + listener.Addr().String(), From: "Callshu <no-reply@callshu.test>", Development: true, Files: s})
	if err != nil {
		w.t.Fatal(err)
	}
	return b, sender
}

// deliver does what the job queue does with every mail that is not sent yet.
func (w *world) deliver(sender *mail.Sender) (failures int) {
	w.t.Helper()
	rows, err := w.admin.Query(w.t.Context(), `SELECT id FROM mails WHERE template = 'ops_report' AND data <> '{}' ORDER BY created_at`)
	if err != nil {
		w.t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		w.t.Fatal(err)
	}
	for _, id := range ids {
		if sender.Deliver(w.t.Context(), id) != nil {
			failures++
		}
	}
	return failures
}

// open reads a letter back: subject, text, and its files by name.
func open(t *testing.T, raw []byte) (subject, text string, files map[string][]byte) {
	t.Helper()
	message, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if subject, err = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	var walk func(kind string, body io.Reader)
	walk = func(kind string, body io.Reader) {
		_, parameters, err := mime.ParseMediaType(kind)
		if err != nil {
			t.Fatal(err)
		}
		for parts := multipart.NewReader(body, parameters["boundary"]); ; {
			part, err := parts.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var content io.Reader = part
			switch part.Header.Get("Content-Transfer-Encoding") {
			case "base64":
				content = base64.NewDecoder(base64.StdEncoding, part)
			case "quoted-printable":
				content = quotedprintable.NewReader(part)
			}
			kind := part.Header.Get("Content-Type")
			if strings.HasPrefix(kind, "multipart/") {
				walk(kind, content)
				continue
			}
			whole, err := io.ReadAll(content)
			if err != nil {
				t.Fatal(err)
			}
			if name := part.FileName(); name != "" {
				files[name] = whole
			} else if strings.HasPrefix(kind, "text/plain") {
				text = string(whole)
			}
		}
	}
	walk(message.Header.Get("Content-Type"), message.Body)
	return subject, text, files
}

// The mail server is down on Monday and comes back: one mail then, with all
// files and what proves them.
func TestC41TheMailArrivesOnceWithItsFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	w.event(wednesday, "user.signed_in", "Zoé")
	w.seal()
	w.at(report.WeekOf(wednesday, w.deps.Zone).End.Add(time.Hour))
	s := report.New(w.deps)
	b, sender := w.post(s)
	b.refuse(451)
	if err := s.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if failures := w.deliver(sender); failures != 1 {
		t.Fatalf("%d failures while the server was down", failures)
	}
	b.refuse(0)
	for range 3 {
		if failures := w.deliver(sender); failures != 0 {
			t.Fatal("the server is back and the mail still fails")
		}
		if err := s.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	letters := b.all()
	if len(letters) != 1 {
		t.Fatalf("%d letters, want one", len(letters))
	}
	subject, text, files := open(t, letters[0])
	if subject != "Audit report for 16\u201322 November 2026" {
		t.Errorf("subject %q", subject)
	}
	r := w.only()
	if r.DeliveredAt == nil || w.count(`SELECT count(*) FROM audit_events WHERE action = 'report.mailed'`) != 1 {
		t.Errorf("delivered at %v, and the log says it %d times", r.DeliveredAt, w.count(`SELECT count(*) FROM audit_events WHERE action = 'report.mailed'`))
	}
	flat := strings.Join(strings.Fields(text), " ")
	for _, words := range []string{"every event of the week: 1.", "1 chains with 1 seals: " + hex.EncodeToString(r.Head) + ".", "https://app.callshu.test/operator/reports"} {
		if !strings.Contains(flat, words) {
			t.Errorf("the text lacks %q:\n%s", words, text)
		}
	}
	stored := w.files(r)
	if len(files) != 2 || len(stored) != 2 {
		t.Fatalf("%d files in the mail, %d stored; want a PDF and a CSV", len(files), len(stored))
	}
	for _, f := range stored {
		sum := sha256.Sum256(files[f.Name])
		if !bytes.Equal(files[f.Name], f.Body) || !strings.Contains(text, f.Name) || !strings.Contains(text, hex.EncodeToString(sum[:])) {
			t.Errorf("%s: the mail's bytes or hash are not those of the report", f.Name)
		}
	}
}

// A report that nobody got for a day is an alarm, each day anew; a mail that
// was refused for good is one at once, and its successor a new mail.
func TestC41UndeliveredRaisesTheAlarm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		alarms [4]int // after an hour, 24 h, 30 h, 49 h
		mails  int
	}{
		"server down":       {451, [4]int{0, 1, 1, 2}, 1},
		"recipient refused": {550, [4]int{1, 1, 2, 2}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, wednesday)
			w.event(wednesday, "user.signed_in", "Ann")
			made := report.WeekOf(wednesday, w.deps.Zone).End.Add(time.Hour)
			w.at(made)
			s := report.New(w.deps)
			b, sender := w.post(s)
			b.refuse(c.status)
			for i, after := range []time.Duration{time.Hour, 24 * time.Hour, 30 * time.Hour, 49*time.Hour + time.Minute} {
				if i == 0 {
					if err := s.Tick(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				w.deliver(sender)
				w.at(made.Add(after))
				for range 2 {
					if err := s.Tick(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				logged, written := strings.Count(w.log.String(), "audit report undelivered"), w.count(`SELECT count(*) FROM audit_events WHERE action = 'report.undelivered'`)
				if logged != c.alarms[i] || written != c.alarms[i] {
					t.Errorf("after %s: %d alarms logged, %d in the audit log; want %d", after, logged, written, c.alarms[i])
				}
			}
			w.at(made.Add(55 * time.Hour))
			if err := s.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := w.count(`SELECT count(*) FROM mails`); n != c.mails {
				t.Errorf("%d mails, want %d", n, c.mails)
			}
			b.refuse(0)
			w.deliver(sender)
			if err := s.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(b.all()); n != 1 || w.only().DeliveredAt == nil {
				t.Errorf("once the server takes it: %d letters, delivered %v", n, w.only().DeliveredAt)
			}
		})
	}
}

// An operator has a past report mailed again; the log says who.
func TestC41ResendingIsOneMoreMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	w.event(wednesday, "user.signed_in", "Ann")
	w.at(report.WeekOf(wednesday, w.deps.Zone).End.Add(time.Hour))
	s := report.New(w.deps)
	b, sender := w.post(s)
	if err := s.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.deliver(sender)
	r := w.only()
	if err := s.Resend(t.Context(), audit.Actor{Kind: audit.Operator, Name: "Olive"}, r.ID); err != nil {
		t.Fatal(err)
	}
	w.deliver(sender)
	if letters := b.all(); len(letters) != 2 {
		t.Fatalf("%d letters, want two", len(letters))
	}
	_, _, mails, err := s.Get(t.Context(), r.ID)
	if err != nil || len(mails) != 2 || len(mails[0].Files) != 2 || mails[0].SentAt == nil {
		t.Errorf("mails of the report: %+v, %v", mails, err)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'report.resent' AND actor_name = 'Olive'`); n != 1 {
		t.Errorf("%d rows report.resent", n)
	}
	if err := s.Resend(t.Context(), audit.Actor{Kind: audit.Operator}, uuid.New()); err == nil {
		t.Error("a report that does not exist was mailed")
	}
}
