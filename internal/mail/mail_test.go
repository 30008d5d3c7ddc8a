package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/queue"
)

var monday = time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)

// inbox is a mail server in this process.
type inbox struct {
	addr string
	pool *x509.CertPool

	mu      sync.Mutex
	refuse  int // an SMTP status with which recipients are refused
	secure  []bool
	letters []string
}

func (b *inbox) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, secure := c.TLSConnectionState()
	return &delivery{inbox: b, secure: secure}, nil
}

func (b *inbox) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.letters...)
}

type delivery struct {
	inbox  *inbox
	secure bool
}

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (d *delivery) Rcpt(string, *smtp.RcptOptions) error {
	d.inbox.mu.Lock()
	defer d.inbox.mu.Unlock()
	if d.inbox.refuse != 0 {
		return &smtp.SMTPError{Code: d.inbox.refuse, Message: "no: someone@example.com"}
	}
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	d.inbox.mu.Lock()
	defer d.inbox.mu.Unlock()
	d.inbox.letters, d.inbox.secure = append(d.inbox.letters, string(raw)), append(d.inbox.secure, d.secure)
	return err
}
func (d *delivery) Reset()        {}
func (d *delivery) Logout() error { return nil }

// listen starts a server; starttls offers encryption, implicit demands it from the first byte.
func listen(t *testing.T, starttls, implicit bool) *inbox {
	t.Helper()
	certificate, pool := certify(t)
	b := &inbox{pool: pool}
	server := smtp.NewServer(b)
	server.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are part of the test
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if starttls {
		server.TLSConfig = config
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.addr = listener.Addr().String()
	if implicit {
		listener = tls.NewListener(listener, config)
	}
	go server.Serve(listener)            //nolint:errcheck // it ends with the listener
	t.Cleanup(func() { server.Close() }) //nolint:errcheck // nothing depends on it
	return b
}

func certify(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

type world struct {
	t      *testing.T
	admin  *pgx.Conn
	worker *postgres.Pool
	outbox *mail.Outbox
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := pgtest.New(t)
	w := &world{t: t, admin: db.Admin(), worker: db.Open(postgres.RoleWorker)}
	jobs, err := queue.New(w.worker.Pool)
	if err != nil {
		t.Fatal(err)
	}
	w.outbox = mail.NewOutbox(jobs, clock.NewManual(monday))
	return w
}

// queue puts a letter into the outbox and returns the id that its job carries.
func (w *world) queue(m mail.Mail) uuid.UUID {
	w.t.Helper()
	if err := w.worker.InTx(w.t.Context(), func(tx pgx.Tx) error { return w.outbox.Queue(w.t.Context(), tx, m) }); err != nil {
		w.t.Fatal(err)
	}
	var id uuid.UUID
	err := w.admin.QueryRow(w.t.Context(), `SELECT (args->>'id')::uuid FROM river_job WHERE kind = 'mail_send' ORDER BY id DESC LIMIT 1`).Scan(&id)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) sender(b *inbox, scheme string, development bool) *mail.Sender {
	w.t.Helper()
	s, err := mail.NewSender(mail.SenderConfig{Worker: w.worker, Clock: clock.NewManual(monday), URL: scheme + "://" + b.addr,
		From: "Callshu <no-reply@callshu.test>", Development: development, TLS: &tls.Config{RootCAs: b.pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) row(id uuid.UUID) (data, lastError string, attempts int, sent bool) {
	w.t.Helper()
	err := w.admin.QueryRow(w.t.Context(), `SELECT data::text, last_error, attempts, sent_at IS NOT NULL FROM mails WHERE id = $1`, id).Scan(&data, &lastError, &attempts, &sent)
	if err != nil {
		w.t.Fatal(err)
	}
	return data, lastError, attempts, sent
}

func reset(name string) mail.Mail {
	return mail.Mail{Template: mail.ResetPassword, To: "ann@example.com", Language: "fr", Data: map[string]string{"name": name, "link": "https://app.test/reset-password#token=CANARY"}}
}

// parts reads a letter back: headers, text, HTML.
func parts(t *testing.T, raw string) (netmail.Header, string, string) {
	t.Helper()
	message, err := netmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	reader := multipart.NewReader(message.Body, parameters["boundary"])
	bodies := map[string]string{}
	for {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		bodies[kind] = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
	return message.Header, bodies["text/plain"], bodies["text/html"]
}

func TestDeliversOverTLSOnceAndForgetsTheSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for scheme, b := range map[string]*inbox{"smtp": listen(t, true, false), "smtps": listen(t, false, true)} {
		id := w.queue(reset("Ann"))
		sender := w.sender(b, scheme, false)
		for range 2 { // the job may run twice
			if err := sender.Deliver(t.Context(), id); err != nil {
				t.Fatalf("%s: %v", scheme, err)
			}
		}
		letters := b.all()
		if len(letters) != 1 || !b.secure[0] {
			t.Fatalf("%s: %d letters, encrypted %v; want one, encrypted", scheme, len(letters), b.secure)
		}
		header, text, html := parts(t, letters[0])
		subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
		if err != nil || subject != "Choisissez un nouveau mot de passe" {
			t.Errorf("subject %q, %v: want it in French", subject, err)
		}
		for what, body := range map[string]string{"text": text, "html": html} {
			if !strings.Contains(body, "https://app.test/reset-password#token=CANARY") || !strings.Contains(body, "Ann") {
				t.Errorf("%s lacks the link or the name:\n%s", what, body)
			}
		}
		if header.Get("To") != "<ann@example.com>" || header.Get("Message-ID") != "<"+id.String()+"@callshu.test>" || header.Get("Auto-Submitted") != "auto-generated" {
			t.Errorf("headers: %v", header)
		}
		data, lastError, attempts, sent := w.row(id)
		if data != "{}" || lastError != "" || attempts != 1 || !sent {
			t.Errorf("row: data %s, error %q, attempts %d, sent %v", data, lastError, attempts, sent)
		}
	}
}

// A letter that says "answer this mail" must have an address that somebody reads.
func TestAnswersReachAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := listen(t, true, false)
	rejected := mail.Mail{Template: mail.AccountRejected, To: "ann@example.com", Language: "en", ReplyTo: "Callshu <ops@callshu.test>",
		Data: map[string]string{"name": "Ann", "legal_name": "Ann Inc.", "reason": "No registry entry."}}
	for _, m := range []mail.Mail{rejected, reset("Ann")} {
		if err := w.sender(b, "smtp", false).Deliver(t.Context(), w.queue(m)); err != nil {
			t.Fatal(err)
		}
	}
	letters := b.all()
	if len(letters) != 2 {
		t.Fatalf("%d letters, want 2", len(letters))
	}
	header, _, _ := parts(t, letters[0])
	if answers, err := header.AddressList("Reply-To"); err != nil || len(answers) != 1 || answers[0].Address != "ops@callshu.test" {
		t.Errorf("Reply-To %q, %v", header.Get("Reply-To"), err)
	}
	if header, _, _ = parts(t, letters[1]); header.Get("Reply-To") != "" {
		t.Errorf("a letter that nobody answers has Reply-To %q", header.Get("Reply-To"))
	}
	bad := rejected
	bad.ReplyTo = "ops@callshu.test\r\nBcc: everybody@example.com"
	if err := w.worker.InTx(t.Context(), func(tx pgx.Tx) error { return w.outbox.Queue(t.Context(), tx, bad) }); err == nil {
		t.Error("an address for answers that is none was taken")
	}
}

func TestNothingLeavesWithoutTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := listen(t, false, false)
	id := w.queue(reset("Ann"))
	if err := w.sender(b, "smtp", false).Deliver(t.Context(), id); err == nil || mail.Permanent(err) {
		t.Errorf("to a server without STARTTLS: %v, want a failure that is tried again", err)
	}
	if n := len(b.all()); n != 0 {
		t.Fatalf("%d letters left in the clear", n)
	}
	if _, lastError, attempts, sent := w.row(id); sent || attempts != 1 || lastError == "" {
		t.Errorf("row: error %q, attempts %d, sent %v", lastError, attempts, sent)
	}
	// In development, to this machine, it may: that is the demo's mailbox.
	if err := w.sender(b, "smtp", true).Deliver(t.Context(), id); err != nil || len(b.all()) != 1 {
		t.Errorf("in development: %v, %d letters", err, len(b.all()))
	}
	for _, url := range []string{"smtp://mail.example.com?tls=none", "http://mail.example.com", "smtp://", "mail.example.com:25"} {
		if _, err := mail.NewSender(mail.SenderConfig{URL: url, From: "a@b.test", Development: true}); err == nil {
			t.Errorf("NewSender(%q) accepted it", url)
		}
	}
	strange := listen(t, true, false)
	other := w.queue(reset("Ann"))
	s, err := mail.NewSender(mail.SenderConfig{Worker: w.worker, Clock: clock.NewManual(monday), URL: "smtp://" + strange.addr, From: "a@b.test", TLS: &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Deliver(t.Context(), other); err == nil || len(strange.all()) != 0 {
		t.Errorf("with a certificate nobody vouches for: %v, %d letters", err, len(strange.all()))
	}
}

func TestRefusalsAreClassedAndQuoteNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := listen(t, true, false)
	for status, permanent := range map[int]bool{451: false, 550: true} {
		b.refuse = status
		id := w.queue(reset("Ann"))
		err := w.sender(b, "smtp", false).Deliver(t.Context(), id)
		if err == nil || mail.Permanent(err) != permanent {
			t.Errorf("status %d: %v, permanent %v", status, err, mail.Permanent(err))
		}
		data, lastError, _, sent := w.row(id)
		if emptied := data == "{}"; emptied != permanent {
			t.Errorf("status %d: the row's data is %s", status, data)
		}
		if cancelled := errors.Is(err, new(river.JobCancelError)); cancelled != permanent {
			t.Errorf("status %d: the job ends: %v", status, cancelled)
		}
		if sent || strings.Contains(lastError+err.Error(), "@") {
			t.Errorf("status %d: sent %v, error %q and %q: no address belongs there", status, sent, lastError, err)
		}
	}
	b.refuse = 0
	id := w.queue(reset("Ann"))
	if err := w.sender(b, "smtp", false).Deliver(t.Context(), id); err != nil {
		t.Errorf("after the refusals: %v", err)
	}
}

func TestWordsOfOthersStayWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := listen(t, true, false)
	evil := "<img src=x onerror=alert(1)>\r\nBcc: victim@example.com\r\n\r\n=> Click\u202e {{.link}}"
	id := w.queue(mail.Mail{Template: mail.AccountApproved, To: "ann@example.com", Language: "en",
		Data: map[string]string{"name": evil, "legal_name": evil, "sender_number": "+1", "link": "https://app.test/x?a=1&b=2"}})
	if err := w.sender(b, "smtp", false).Deliver(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	header, text, html := parts(t, b.all()[0])
	if header.Get("Bcc") != "" || len(header["Subject"]) != 1 {
		t.Errorf("a header slipped in: %v", header)
	}
	if strings.Contains(html, "<img") || !strings.Contains(html, "&lt;img src=x") {
		t.Errorf("the HTML part is not escaped:\n%s", html)
	}
	if strings.Count(html, "<a href=") != 1 || strings.Count(text, "https://app.test") != 1 {
		t.Error("words of others became a button")
	}
	if strings.Contains(html+text, "\u202e") {
		t.Error("a character that turns the reading direction got through")
	}
	for name, value := range map[string]string{"script": "javascript:alert(1)"} {
		id := w.queue(mail.Mail{Template: mail.ResetPassword, To: "ann@example.com", Data: map[string]string{"name": name, "link": value}})
		if err := w.sender(b, "smtp", false).Deliver(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if _, _, html := parts(t, b.all()[len(b.all())-1]); strings.Contains(html, `href="javascript`) {
			t.Error("a link that runs a script got through")
		}
	}
}

// Every letter must be whole in every language it exists in: a missing word
// would be found when somebody waits for the mail.
func TestEveryLetterRenders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	words := map[string]string{"name": "Zoé", "legal_name": "Maison Verte", "link": "https://app.test/x", "decide_by": "2026-11-25", "country": "CA",
		"registry_number": "123", "sender_number": "+15145550100", "reason": "the reason", "at": "2026-11-23 14:02 UTC",
		"campaign": "Plant closed", "code": "21210", "not_me": "6/180", "opted_out": "", "hung_up": "9/20", "carrier_errors": "5/40",
		"asker": "Ada", "decider": "Max", "callable": "612", "skipped": "40", "from": "50", "to": "200", "person": "Ben", "role": "member",
		"week": "16–22 November 2026", "events": "1 204", "late": "3", "head": "ab12", "chains": "4", "seals": "1 300", "mail": "1", "mails": "2",
		"left": "7", "until": "2026-12-23"}
	for _, template := range []mail.Template{mail.VerifyEmail, mail.AlreadyRegistered, mail.ApplicationReceived, mail.OpsApplication, mail.AccountApproved,
		mail.AccountRejected, mail.AccountSuspended, mail.AccountReinstated, mail.SessionsRevoked, mail.ResetPassword, mail.PasswordChanged,
		mail.TOTPOn, mail.TOTPOff, mail.RecoveryCodesMade, mail.RecoveryCodeUsed, mail.DeviceRemembered,
		mail.ConfirmEmail, mail.EmailChangeAsked, mail.EmailChanged, mail.ResetForced, mail.OperatorPasswordChanged, mail.OperatorTOTPReset,
		mail.CampaignTripped, mail.CampaignRefused, mail.LaunchApproval, mail.LaunchApproved, mail.LaunchRefused, mail.TwoPersonAsked, mail.TwoPersonChanged, mail.TwoPersonRefused, mail.DiallingPaused, mail.DiallingResumed,
		mail.UserInvited, mail.UserInvitedTaken, mail.UserJoined, mail.RoleChanged, mail.AccessEnded, mail.AccessRestored,
		mail.NameChangeAsked, mail.NameChangeApproved, mail.NameChangeRefused, mail.OpsNameChange, mail.OpsReport} {
		for _, language := range []string{"en", "fr"} {
			w.queue(mail.Mail{Template: template, To: "ann@example.com", Language: language, Data: words})
		}
		err := w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
			return w.outbox.Queue(t.Context(), tx, mail.Mail{Template: template, To: "ann@example.com", Language: "en"})
		})
		if err == nil {
			t.Errorf("%s was queued without its words", template)
		}
	}
	err := w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
		return w.outbox.Queue(t.Context(), tx, mail.Mail{Template: "no_such", To: "ann@example.com", Data: words})
	})
	if err == nil {
		t.Error("a letter that does not exist was queued")
	}
}

// Mails that never left stay: somebody has to be told.
func TestOldMailsAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.queue(reset("Ann"))
	}
	_, err := w.admin.Exec(t.Context(), `UPDATE mails SET sent_at = now() - d * interval '1 day'
		FROM (SELECT id, (ARRAY[91, 89, NULL])[row_number() OVER ()] AS d FROM mails) m WHERE m.id = mails.id`)
	if err != nil {
		t.Fatal(err)
	}
	s, err := mail.NewSender(mail.SenderConfig{Worker: w.worker, Clock: clock.Real{}, URL: "smtp://127.0.0.1:1", From: "a@callshu.test", Development: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left, old int
	err = w.admin.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE sent_at < now() - interval '90 days') FROM mails`).Scan(&left, &old)
	if err != nil || left != 2 || old != 0 {
		t.Errorf("%d mails are left, %d of them old, %v; want the young and the unsent one", left, old, err)
	}
}

func TestAMailLeavesOnlyWithItsAct(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused := io.ErrUnexpectedEOF
	err := w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
		if err := w.outbox.Queue(t.Context(), tx, reset("Ann")); err != nil {
			return err
		}
		return refused
	})
	if err != refused {
		t.Fatal(err)
	}
	var rows int
	if err := w.admin.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM mails) + (SELECT count(*) FROM river_job)`).Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d rows stayed behind, %v", rows, err)
	}
}
