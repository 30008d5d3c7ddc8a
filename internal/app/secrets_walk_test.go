package app_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pquerna/otp/totp"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/telemetry"
	"github.com/callshu/callshu/internal/twilio"
)

// secretWalk takes every kind of secret that the product has through it once,
// and remembers each by its name.
type secretWalk struct {
	*product
	owner   *browser
	kept    map[string]string
	codes   []any    // recovery codes of the owner's
	numbers []string // one-time codes, of six digits
}

func (s *secretWalk) keep(name, secret string) string {
	s.t.Helper()
	if len(secret) < 8 {
		s.t.Fatalf("%s is %q, which could be found anywhere", name, secret)
	}
	s.kept[name] = secret
	return secret
}

// once keeps a code of six digits, which is looked for as a word of its own: any
// longer number could hold it.
func (s *secretWalk) once(code string) string {
	s.t.Helper()
	if !sixDigits.MatchString(code) {
		s.t.Fatalf("%q is no code", code)
	}
	s.numbers = append(s.numbers, code)
	return code
}

// link is the secret in the link of a mail.
func (s *secretWalk) link(name, to, words string) string {
	s.t.Helper()
	return s.keep(name, tokenInLink.FindStringSubmatch(s.mail(to, words).Text)[1])
}

func (s *secretWalk) cookies(who string, b *browser) {
	s.t.Helper()
	for name, value := range b.cookies {
		if value != "" {
			s.keep(fmt.Sprintf("%s of %s, %d", name, who, len(s.kept)), value)
		}
	}
}

const (
	newPassword    = "canarynew copper lanterns 78"
	resetPassword  = "canaryreset copper lanterns 79"
	guestPassword  = "canaryguest copper lanterns 80"
	staffPassword  = "canarystaff copper lanterns 81"
	movedMail      = "canarymoved@northwind.example"
	canaryCard     = "4242424242424242"
	canaryReminder = "canaryreminder that breaks"
	sentryKey      = "canarysentry0123456789abcdef0123"
)

// passwords changes and resets the owner's, each by its link or the old one.
func (s *secretWalk) passwords() {
	s.t.Helper()
	s.keep("password", canaryPassword)
	s.cookies("the owner", s.owner)
	s.owner.post("auth/password/change", object{"current_password": canaryPassword, "password": s.keep("new password", newPassword)})
	s.cookies("the owner", s.owner)
	s.browser().post("auth/password/forgot", object{"email": canaryMail})
	token := s.link("token of a reset", canaryMail, "reset")
	s.browser().post("auth/password/reset", object{"token": token, "password": s.keep("password of a reset", resetPassword)})
	s.browser().refused(http.MethodPost, "auth/password/reset", object{"token": token, "password": resetPassword}, http.StatusGone, "token_gone")
	s.owner.post("auth/login", object{"email": canaryMail, "password": resetPassword})
	s.cookies("the owner", s.owner)
}

// factor switches one-time codes on and signs in by each way there is.
func (s *secretWalk) factor() {
	s.t.Helper()
	setup := s.owner.post("auth/mfa/totp", object{"current_password": resetPassword})
	secret := s.keep("secret of an authenticator", setup.text("secret"))
	code := func(steps int) string {
		code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
		if err != nil {
			s.t.Fatal(err)
		}
		return s.once(code)
	}
	made := s.owner.post("auth/mfa/totp/confirm", object{"code": code(-1)})
	s.codes, _ = made["recovery_codes"].([]any)
	for i, recovery := range s.codes {
		s.keep(fmt.Sprint("recovery code ", i), recovery.(string))
	}
	s.cookies("the owner", s.owner)
	phone := s.browser()
	phone.post("auth/login", object{"email": canaryMail, "password": resetPassword, "totp": code(0), "remember_device": true})
	s.cookies("a remembered device", phone)
	phone.post("auth/login", object{"email": canaryMail, "password": resetPassword})
	other := s.browser()
	other.post("auth/login", object{"email": canaryMail, "password": resetPassword, "recovery_code": s.codes[0]})
	s.cookies("another browser", other)
	s.browser().try(http.MethodPost, "auth/login", object{"email": canaryMail, "password": resetPassword, "recovery_code": s.codes[0].(string) + "x"})
}

// people invites a colleague, moves the owner's address and has an operator.
func (s *secretWalk) people() {
	s.t.Helper()
	const guest = "canaryguest@northwind.example"
	s.owner.post("users/invitations", object{"email": guest, "name": "Canarina Guest", "role": "member"})
	token := s.link("token of an invitation", guest, "#token=")
	s.browser().post("auth/invitation", object{"token": token})
	s.browser().post("auth/invitation/accept", object{"token": token, "name": "Canarina Guest", "password": s.keep("password of a colleague", guestPassword), "language": "en"})
	s.owner.post("me/email", object{"email": movedMail, "current_password": resetPassword, "code": s.codes[1]})
	s.browser().post("auth/email/confirm", object{"token": s.link("token of an address", movedMail, "#token=")})
	s.owner.post("auth/login", object{"email": movedMail, "password": resetPassword, "recovery_code": s.codes[2]}) // the others have ended
	s.cookies("the owner", s.owner)

	var out bytes.Buffer
	if err := app.AddOperator(s.t.Context(), s.getenv, &out, app.NewOperator{Email: "canarystaff@callshu.example", Name: "Oscar", Team: "support", Password: s.keep("password of an operator", staffPassword)}); err != nil {
		s.t.Fatal(err)
	}
	secret := s.keep("secret of an operator", totpSecret.FindStringSubmatch(out.String())[1])
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	operator := s.browser()
	operator.post("operator/auth/login", object{"email": "canarystaff@callshu.example", "password": staffPassword, "totp": s.once(code)})
	s.cookies("an operator", operator)
	s.browser().try(http.MethodPost, "operator/auth/login", object{"email": "canarystaff@callshu.example", "password": staffPassword + "x", "totp": code})
}

// person opens the page of somebody who was called, and what is held of them.
func (s *secretWalk) person() {
	s.t.Helper()
	s.canaryCampaign(s.owner)
	s.sim.Phone(canaryPhone).ExpectSMS("Help: ")
	const second = "+14165550178"
	s.owner.imports(csvOf("Canarina Wren,"+second+",en,"), true)
	phone := s.sim.Phone(second)
	phone.ExpectSMS("YES").Reply("YES")
	key := s.keep("key of a person's page", strings.TrimPrefix(pageLink.FindString(phone.ExpectSMS("/p/").Body), "/p/"))
	if status, text := s.send(http.MethodGet, "/p/"+key, "", "", nil); status != http.StatusOK {
		s.t.Errorf("the person's page: %d %s", status, text)
	}
	s.send(http.MethodGet, "/p/"+key+"/"+key, "", "", nil)
	person := s.owner.get("employees").list("items")[0].text("id")
	s.owner.get("employees/" + person + "/export")
	s.owner.refused(http.MethodPost, "employees/"+person+"/opt-out", object{"note": "paid with " + s.keep("number of a card", canaryCard)}, http.StatusUnprocessableEntity, "invalid")
}

// carrierFails posts a text by the carrier's own signature that the database
// cannot keep.
func (s *secretWalk) carrierFails() {
	s.t.Helper()
	if _, err := s.admin().Exec(s.t.Context(), `ALTER TABLE inbound_messages ADD CONSTRAINT no_reminder CHECK (body NOT LIKE '%reminder%')`); err != nil {
		s.t.Fatal(err)
	}
	form := url.Values{"AccountSid": {s.env["TWILIO_ACCOUNT_SID"]}, "MessageSid": {"SM" + strings.Repeat("b", 32)}, "From": {canaryPhone}, "To": {sender}, "Body": {canaryReminder}}
	const path = "/webhooks/twilio/sms"
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", s.keep("signature of a webhook", twilio.Sign(s.env["TWILIO_AUTH_TOKEN"], s.url+path, form)))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusServiceUnavailable {
		s.t.Errorf("a text that cannot be kept: %d", answer.StatusCode)
	}
}

// talkative has the database write down every statement, as nobody should, with
// the settings of deploy/compose.yaml, which must hold even then.
func talkative(t *testing.T, db *pgtest.DB) {
	t.Helper()
	admin := db.Admin()
	for _, setting := range []string{"log_min_duration_statement = 0", "log_min_error_statement = debug1", "log_statement = none", "log_parameter_max_length = 0", "log_parameter_max_length_on_error = 0", "log_error_verbosity = terse"} {
		if _, err := admin.Exec(t.Context(), `ALTER DATABASE "`+db.Name()+`" SET `+setting); err != nil {
			t.Fatal(err)
		}
	}
	// What tests ask and arrange themselves is none of the product's statements.
	if _, err := admin.Exec(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I SET log_min_duration_statement = -1', current_user, current_database());
		EXECUTE format('ALTER ROLE %I IN DATABASE %I SET log_min_error_statement = panic', current_user, current_database()); END $$`); err != nil {
		t.Fatal(err)
	}
}

// serverLog is what the database's server has written, which only a superuser
// may read; ours lies beside its data.
func (s *secretWalk) serverLog() string {
	s.t.Helper()
	var text string
	if err := s.admin().QueryRow(s.t.Context(), `SELECT convert_from(pg_read_binary_file(current_setting('data_directory') || '/../log'), 'UTF8')`).Scan(&text); err != nil {
		s.t.Fatalf("read the log of the database's server: %v", err)
	}
	return text
}

func (s *secretWalk) metrics() string {
	pool := s.db.Open(postgres.RoleWorker)
	rec := httptest.NewRecorder()
	telemetry.Metrics(map[string]*pgxpool.Pool{"worker": pool.Pool}, pool.Pool, func() int64 { return 7 }).ServeHTTP(rec, httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, "/metrics", nil))
	return rec.Body.String()
}

// environment are the secrets that the product is started with.
func (s *secretWalk) environment() {
	s.t.Helper()
	s.keep("token of the carrier", s.env["TWILIO_AUTH_TOKEN"])
	s.keep("token of the carrier that ends", s.env["TWILIO_AUTH_TOKEN_PREVIOUS"])
	s.keep("key of the error tracking", sentryKey)
	mail, err := url.Parse(s.env["SMTP_URL"])
	if err != nil {
		s.t.Fatal(err)
	}
	secret, _ := mail.User.Password()
	s.keep("password in SMTP_URL", secret)
	for _, name := range []string{"JWT_KEYS", "DATA_KEYS"} {
		_, key, _ := strings.Cut(s.env[name], ":")
		s.keep(name, key)
	}
	for _, name := range []string{"DATABASE_URL", "OPERATOR_DATABASE_URL", "WORKER_DATABASE_URL"} {
		u, err := url.Parse(s.env[name])
		if err != nil {
			s.t.Fatal(err)
		}
		secret, _ := u.User.Password()
		s.keep("password in "+name, secret)
	}
}

// Every kind of secret that the product has goes through it: passwords, links,
// cookies, one-time and recovery codes, keys, tokens, signatures, a card's
// number. None is in its log, in reports of errors, in the metrics, nor in the
// log of a database that writes down every statement; and no table holds one as
// it is.
func TestH13EverySecretStaysInside(t *testing.T) {
	t.Parallel()
	dsn, reports := errorSink(t)
	dsn = strings.Replace(dsn, "://key@", "://"+sentryKey+"@", 1)
	log := &heap{}
	handler, err := telemetry.NewReporter(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: telemetry.Plain}), dsn, "test", "v1")
	if err != nil {
		t.Fatal(err)
	}
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}, app: app.Options{Log: slog.New(handler)}, prepare: talkative,
		env: map[string]string{"TWILIO_AUTH_TOKEN_PREVIOUS": "canaryold" + strings.Repeat("7", 23), "SENTRY_DSN": dsn}, mailPassword: "canarymailserver lantern"})
	s := &secretWalk{product: p, kept: map[string]string{}}
	var token string
	s.owner, token = p.canaryEmployer()
	s.keep("token of a confirmation", token)
	s.once(sixDigits.FindString(p.sim.Phone(ownerPhone).Thread()[0].Body))
	s.environment()
	for _, step := range []func(){s.person, s.passwords, s.factor, s.people} {
		// One address has ten attempts in 15 minutes, which is less than the walk takes.
		if _, err := p.admin().Exec(t.Context(), `DELETE FROM rate_hits`); err != nil {
			t.Fatal(err)
		}
		step()
	}
	id := p.databaseRefuses(s.owner)
	s.carrierFails()
	p.eventually("every mail to leave", `SELECT NOT EXISTS (SELECT FROM mails WHERE sent_at IS NULL)`)
	telemetry.Flush(handler, 10*time.Second)

	if len(s.kept) < 38 || len(s.numbers) < 4 {
		t.Errorf("only %d secrets and %d codes were tried: %v", len(s.kept), len(s.numbers), s.kept)
	}
	server := s.serverLog()
	for what, there := range map[string]bool{"the log": strings.Contains(log.String(), id), "the error reports": strings.Contains(reports.String(), id),
		"the database's log, of what it refused": strings.Contains(server, `"no_reminder"`), "the database's log, of what it did": strings.Contains(server, "LOG:  duration") && strings.Contains(server, "INSERT INTO mails")} {
		if !there {
			t.Errorf("%s lacks what it must have, so that nothing is shown", what)
		}
	}
	own := canaries("canaryreminder", "canarymoved", "canaryguest", "canarystaff", "4165550178")
	// A report says by its key whose it is, to nobody but the service that gave the key.
	told := strings.ReplaceAll(reports.String(), `"dsn":"`+dsn+`"`, "")
	for what, text := range map[string]string{"the log": log.String(), "the error reports": told} {
		for _, code := range s.numbers {
			if at := regexp.MustCompile(`(^|[^\w.+-])` + code + `($|[^\w.])`).FindStringIndex(text); at != nil {
				t.Errorf("%s holds the code %s: ...%s...", what, code, text[max(0, at[0]-200):min(len(text), at[1]+100)])
			}
		}
	}
	for what, text := range map[string]string{"the log": log.String(), "the error reports": told, "the metrics": s.metrics(), "the database's log": server} {
		said := &heap{}
		io.WriteString(said, text)
		for name, secret := range s.kept {
			said.holdsNone(t, what+", of "+name+",", []string{secret})
		}
		said.holdsNone(t, what, own)
	}
	s.tablesHoldNoSecrets()
}

// tablesHoldNoSecrets reads every row there is, as text and as bytes.
func (s *secretWalk) tablesHoldNoSecrets() {
	s.t.Helper()
	var queries []string
	if err := s.admin().QueryRow(s.t.Context(), `SELECT array_agg(format('SELECT %L, coalesce(string_agg(t::text, E''\n''), '''') FROM %I t', relname, relname) ORDER BY relname)
		FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`).Scan(&queries); err != nil {
		s.t.Fatal(err)
	}
	for _, query := range queries {
		var table, text string
		if err := s.admin().QueryRow(s.t.Context(), query).Scan(&table, &text); err != nil {
			s.t.Fatal(err)
		}
		for name, secret := range s.kept {
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				s.t.Errorf("the table %s holds the %s", table, name)
			}
		}
	}
}
