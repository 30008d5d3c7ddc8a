// Package config owns the settings: where they come from (the environment),
// what they must look like, and what production refuses. It must never be read
// by anything but the composition root, which hands each part what it needs.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/callshu/callshu/internal/clock"
)

// Settings are everything an operator of the software decides. The tag names
// the environment variable; help is what .env.example says of it.
type Settings struct {
	AppEnv                string `env:"APP_ENV" default:"development" help:"development or production; production refuses test seams, plaintext and sample secrets"`
	ListenAddr            string `env:"LISTEN_ADDR" default:"127.0.0.1:8080" help:"address the server listens on"`
	PublicURL             string `env:"PUBLIC_URL" default:"http://127.0.0.1:8080" help:"address under which browsers and Twilio reach it; every link and webhook is built from it"`
	DatabaseURL           string `env:"DATABASE_URL" help:"PostgreSQL as role callshu_app (tenant requests)"`
	OperatorURL           string `env:"OPERATOR_DATABASE_URL" help:"PostgreSQL as role callshu_operator (operator console)"`
	WorkerURL             string `env:"WORKER_DATABASE_URL" help:"PostgreSQL as role callshu_worker (dialler, webhooks, jobs)"`
	BackupURL             string `env:"BACKUP_DATABASE_URL" help:"PostgreSQL as role callshu_backup; used by migrate, which sets its password, and by deploy/backup.sh"`
	MigrationURL          string `env:"MIGRATION_DATABASE_URL" help:"PostgreSQL as a role that may create roles; used by migrate only"`
	JWTKeys               string `env:"JWT_KEYS" help:"session keys, kid:base64 of 32 bytes, comma separated; the first signs, all verify"`
	DataKeys              string `env:"DATA_KEYS" help:"data keys, kid:base64 of 32 bytes, comma separated; the first seals, all open; the last is the phone key and must never change"`
	TwilioAccountSID      string `env:"TWILIO_ACCOUNT_SID" help:"carrier account"`
	TwilioToken           string `env:"TWILIO_AUTH_TOKEN" help:"carrier token; also signs its webhooks"`
	TwilioTokenOld        string `env:"TWILIO_AUTH_TOKEN_PREVIOUS" help:"token being rotated out; still accepted on webhooks"`
	TwilioFrom            string `env:"TWILIO_FROM_NUMBERS" help:"our sender numbers, E.164, comma separated"`
	TwilioService         string `env:"TWILIO_MESSAGING_SERVICE_SID" help:"messaging service through which texts go, if any"`
	TwilioAPIBase         string `env:"TWILIO_API_BASE" default:"https://api.twilio.com" help:"another address only outside production: the simulator"`
	TwilioCPS             string `env:"TWILIO_CPS" default:"1" help:"calls per second of the whole carrier account, previews included"`
	TwilioMPS             string `env:"TWILIO_MPS" default:"1" help:"message segments per second of each sender: 1 for a long code, 3 toll-free, 100 a short code"`
	TwilioAnswersKeywords string `env:"TWILIO_ANSWERS_KEYWORDS" default:"true" help:"false where the carrier does not itself answer STOP, START and HELP, as on a short code: then we do"`
	TwilioAnswersYes      string `env:"TWILIO_ANSWERS_YES" default:"false" help:"true where the carrier itself answers YES from somebody who was not blocked; ours would be the second answer"`
	SMTPURL               string `env:"SMTP_URL" help:"smtp://user:password@host:587 (STARTTLS) or smtps://host:465"`
	MailFrom              string `env:"MAIL_FROM" default:"Callshu <no-reply@callshu.com>" help:"sender of our mails"`
	OpsEmail              string `env:"OPS_EMAIL" default:"ops@callshu.com" help:"where applications and reports are announced"`
	SentryDSN             string `env:"SENTRY_DSN" help:"error tracking; empty means none"`
	TrustedProxies        string `env:"TRUSTED_PROXIES" help:"CIDRs whose X-Forwarded-For is believed, comma separated"`
	MetricsAddr           string `env:"METRICS_ADDR" help:"address for Prometheus metrics; empty means none; in production a loopback or private one"`
	Clock                 string `env:"CALLSHU_CLOCK" help:"start,factor of a shifted business clock; demo and checks only"`

	// Derived by Parse.
	Numbers           []string       `env:"-"`
	CallsPerSecond    float64        `env:"-"`
	SegmentsPerSecond float64        `env:"-"`
	AnswersKeywords   bool           `env:"-"`
	AnswersYes        bool           `env:"-"`
	Proxies           []netip.Prefix `env:"-"`
}

// Production reports whether the settings are those of a real deployment.
func (s *Settings) Production() bool { return s.AppEnv == "production" }

// Problem is one setting that cannot stand.
type Problem struct {
	Name, Message string
}

func (p Problem) Error() string { return p.Name + ": " + p.Message }

// Parse reads the settings through get (os.Getenv in the product) and returns
// every problem at once.
func Parse(get func(string) string) (*Settings, error) {
	s := &Settings{}
	for _, field := range fields(s) {
		*field.value = get(field.name)
		if *field.value == "" {
			*field.value = field.fallback
		}
	}
	var problems []error
	complain := func(name, format string, args ...any) {
		problems = append(problems, Problem{Name: name, Message: fmt.Sprintf(format, args...)})
	}
	s.derive(complain)
	s.require(complain)
	if s.Production() {
		s.harden(complain)
	}
	return s, errors.Join(problems...)
}

type complaint func(name, format string, args ...any)

func (s *Settings) derive(complain complaint) {
	if s.AppEnv != "development" && s.AppEnv != "production" {
		complain("APP_ENV", "want development or production")
	}
	s.PublicURL = strings.TrimRight(s.PublicURL, "/")
	for _, number := range split(s.TwilioFrom) {
		if !strings.HasPrefix(number, "+") || strings.Trim(number[1:], "0123456789") != "" {
			complain("TWILIO_FROM_NUMBERS", "%q is not an E.164 number", number)
		}
		s.Numbers = append(s.Numbers, number)
	}
	for _, rate := range []struct {
		name, text string
		into       *float64
	}{{"TWILIO_CPS", s.TwilioCPS, &s.CallsPerSecond}, {"TWILIO_MPS", s.TwilioMPS, &s.SegmentsPerSecond}} {
		value, err := strconv.ParseFloat(rate.text, 64)
		if err != nil || !(value > 0 && value <= 1000) { // as such NaN fails too
			complain(rate.name, "want a number above 0 and at most 1000")
		}
		*rate.into = value
	}
	var err error
	if s.AnswersKeywords, err = strconv.ParseBool(s.TwilioAnswersKeywords); err != nil {
		complain("TWILIO_ANSWERS_KEYWORDS", "want true or false")
	}
	if s.AnswersYes, err = strconv.ParseBool(s.TwilioAnswersYes); err != nil {
		complain("TWILIO_ANSWERS_YES", "want true or false")
	}
	for _, cidr := range split(s.TrustedProxies) {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			complain("TRUSTED_PROXIES", "%q is not a CIDR", cidr)
			continue
		}
		s.Proxies = append(s.Proxies, prefix)
	}
	if _, err := clock.Parse(s.Clock); err != nil {
		complain("CALLSHU_CLOCK", "%v", err)
	}
}

func (s *Settings) require(complain complaint) {
	required := map[string]string{
		"DATABASE_URL": s.DatabaseURL, "OPERATOR_DATABASE_URL": s.OperatorURL, "WORKER_DATABASE_URL": s.WorkerURL,
		"JWT_KEYS": s.JWTKeys, "DATA_KEYS": s.DataKeys,
		"TWILIO_ACCOUNT_SID": s.TwilioAccountSID, "TWILIO_AUTH_TOKEN": s.TwilioToken, "TWILIO_FROM_NUMBERS": s.TwilioFrom, "SMTP_URL": s.SMTPURL,
	}
	for _, field := range fields(s) {
		if value, wanted := required[field.name]; wanted && value == "" {
			complain(field.name, "is required")
		}
	}
	for name, value := range map[string]string{"PUBLIC_URL": s.PublicURL, "TWILIO_API_BASE": s.TwilioAPIBase} {
		// Links, webhooks and the origin of browsers are built from it: nothing may follow the host.
		if u, err := url.Parse(value); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || value != u.Scheme+"://"+u.Host {
			complain(name, "want http(s)://host[:port] and nothing after it")
		}
	}
}

// harden is what production refuses: whatever would weaken a promise made in
// public, named so that it can be mended.
func (s *Settings) harden(complain complaint) {
	if s.Clock != "" {
		complain("CALLSHU_CLOCK", "production runs on the machine's clock")
	}
	if s.TwilioAPIBase != "https://api.twilio.com" {
		complain("TWILIO_API_BASE", "production speaks to https://api.twilio.com only")
	}
	if !strings.HasPrefix(s.PublicURL, "https://") {
		complain("PUBLIC_URL", "must be https in production")
	}
	for _, field := range fields(s) {
		if !strings.HasSuffix(field.name, "DATABASE_URL") {
			continue
		}
		if err := guarded(*field.value); err != nil {
			complain(field.name, "%v", err)
		}
	}
	if err := inside(s.MetricsAddr); err != nil {
		complain("METRICS_ADDR", "%v", err)
	}
	if u, err := url.Parse(s.SMTPURL); err != nil || u.Query().Get("tls") == "none" {
		complain("SMTP_URL", "must use TLS in production")
	}
	for _, p := range s.Proxies {
		if p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 16 {
			complain("TRUSTED_PROXIES", "%s is wider than any network of proxies: whoever is in it could say where they come from", p)
		}
	}
	if s.SentryDSN != "" && !strings.HasPrefix(s.SentryDSN, "https://") {
		complain("SENTRY_DSN", "must be https in production")
	}
	for _, field := range fields(s) {
		if strings.Contains(*field.value, "sample") && strings.Contains("JWT_KEYS DATA_KEYS TWILIO_AUTH_TOKEN", field.name) {
			complain(field.name, "is the sample from the documentation")
		}
	}
}

// Guard is for the commands that need a few settings and not all of them: it
// refuses what Parse would refuse of the databases that names lists, before
// anything is sent there. In production a password in plain text is as lost by
// migrate as by serve.
func Guard(get func(string) string, names ...string) error {
	env := get("APP_ENV")
	if env == "" || env == "development" {
		return nil
	}
	if env != "production" { // a slip must not open what production closes
		return Problem{Name: "APP_ENV", Message: "want development or production"}
	}
	var problems []error
	for _, name := range names {
		if err := guarded(get(name)); err != nil {
			problems = append(problems, Problem{Name: name, Message: err.Error()})
		}
	}
	return errors.Join(problems...)
}

// inside reports why metrics could be read from elsewhere: nobody is asked for a
// password there. An address that names no host is one of every network.
func inside(address string) error {
	if address == "" {
		return nil
	}
	refused := errors.New("must name a loopback or private IP address in production: metrics ask for no password")
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return refused
	}
	ip, err := netip.ParseAddr(host)
	if ip = ip.Unmap(); err != nil || !ip.IsLoopback() && !ip.IsPrivate() {
		return refused
	}
	return nil
}

// guarded reports why a connection to the database could be read or answered by
// somebody else. It asks the driver, which knows every notation and every host
// and TLS mode that it would fall back to.
func guarded(databaseURL string) error {
	if databaseURL == "" {
		return nil // that it is required is said already
	}
	c, err := pgconn.ParseConfig(databaseURL)
	if err != nil {
		return errors.New("is not a PostgreSQL URL") // the driver's words quote it
	}
	ways := []*pgconn.FallbackConfig{{Host: c.Host, Port: c.Port, TLSConfig: c.TLSConfig}}
	for _, way := range append(ways, c.Fallbacks...) {
		if network, _ := pgconn.NetworkAddress(way.Host, way.Port); network == "unix" {
			continue
		}
		// verify-full alone leaves the check to crypto/tls, against the host's own name.
		if way.TLSConfig == nil || way.TLSConfig.InsecureSkipVerify || way.TLSConfig.ServerName != way.Host {
			return errors.New("must say sslmode=verify-full in production (or name a unix socket)")
		}
	}
	return nil
}

func split(list string) []string {
	var parts []string
	for _, part := range strings.Split(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
