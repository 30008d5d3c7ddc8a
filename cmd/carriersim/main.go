// Command carriersim runs the carrier simulator alone, on loopback.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/vclock"
)

type flags struct {
	Listen      string    `default:"127.0.0.1:4010" env:"CARRIERSIM_LISTEN" help:"Address to serve on."`
	SID         string    `name:"sid" default:"AC00000000000000000000000000000001" env:"CARRIERSIM_ACCOUNT_SID" help:"Account SID."`
	Token       string    `default:"0123456789abcdef0123456789abcdef" env:"CARRIERSIM_AUTH_TOKEN" help:"Auth token."`
	Number      []string  `sep:"none" env:"CARRIERSIM_NUMBERS" help:"One of the account's numbers: +12025550000[,type=toll_free][,voice=URL][,voice-fallback=URL][,sms=URL][,sms-fallback=URL][,service=MG...]. Repeat the flag; in the environment separate numbers by spaces."`
	CPS         float64   `default:"1" env:"CARRIERSIM_CPS" help:"Calls dialled per second."`
	MPS         float64   `env:"CARRIERSIM_MPS" help:"Message segments per second and sender; 0: by kind of number."`
	Clock       string    `default:"real" env:"CARRIERSIM_CLOCK" help:"real, manual, or a factor such as 60."`
	Start       time.Time `env:"CARRIERSIM_START" help:"Instant at which the clock starts (RFC 3339); now unless told."`
	Seed        uint64    `env:"CARRIERSIM_SEED" help:"Seed of everything random; 0 draws one and prints it."`
	Persona     string    `env:"CARRIERSIM_PERSONA" help:"Persona of every phone (00 to 99, hand); by the last two digits unless told."`
	AllowHost   []string  `env:"CARRIERSIM_ALLOW_HOSTS" help:"Host besides this machine that may be called back; * for any."`
	AllowRemote bool      `env:"CARRIERSIM_ALLOW_REMOTE" help:"Serve other machines too, without any authentication."`
	Resolve     []string  `env:"CARRIERSIM_RESOLVE" help:"host:port=host:port, where callbacks to the first really go."`
	InsecureTLS bool      `env:"CARRIERSIM_INSECURE_TLS" help:"Accept self-signed certificates on callbacks."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("carriersim"), kong.Description("A stand-in for Twilio on this machine."))
	if err := run(f); err != nil {
		fmt.Fprintln(os.Stderr, "carriersim:", err)
		os.Exit(1)
	}
}

func run(f flags) error {
	opts, err := f.options()
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", f.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if addr, ok := ln.Addr().(*net.TCPAddr); ok && !addr.IP.IsLoopback() && !f.AllowRemote {
		ln.Close()
		return fmt.Errorf("refusing to serve on %s: not loopback (allow it with --allow-remote)", f.Listen)
	}
	sim, err := carriersim.New(opts)
	if err != nil {
		ln.Close()
		return err
	}
	if f.AllowRemote {
		sim.AllowRemote()
	}
	fmt.Printf("carrier simulator on http://%s (phones page; REST API; control under /_sim/), seed %d\n", ln.Addr(), sim.Seed())
	return serve(ln, sim)
}

func serve(ln net.Listener, sim *carriersim.Sim) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	srv := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	select {
	case err := <-done:
		sim.Close()
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	sim.Close() // ends the event streams too
	grace, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := srv.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}

func (f flags) options() (carriersim.Options, error) {
	o := carriersim.Options{AccountSID: f.SID, AuthToken: f.Token, CPS: f.CPS, MPS: f.MPS, Seed: f.Seed, DefaultPersona: f.Persona,
		AllowHosts: f.AllowHost, InsecureTLS: f.InsecureTLS, Resolve: map[string]string{}}
	for _, list := range f.Number {
		for spec := range strings.FieldsSeq(list) {
			n, err := parseNumber(spec)
			if err != nil {
				return o, err
			}
			o.Numbers = append(o.Numbers, n)
		}
	}
	for _, r := range f.Resolve {
		from, to, ok := strings.Cut(r, "=")
		if !ok {
			return o, fmt.Errorf("resolve %q: want host:port=host:port", r)
		}
		o.Resolve[from] = to
	}
	start := f.Start
	if start.IsZero() {
		start = time.Now()
	}
	switch f.Clock {
	case "real":
		o.Clock = vclock.NewScaled(start, 1)
	case "manual":
		o.Clock = vclock.NewManual(start)
	default:
		var factor float64
		if _, err := fmt.Sscanf(f.Clock, "%g", &factor); err != nil || factor <= 0 {
			return o, fmt.Errorf("clock %q: want real, manual or a positive factor", f.Clock)
		}
		o.Clock = vclock.NewScaled(start, factor)
	}
	return o, nil
}

// parseNumber reads "+12025550000,sms=URL,...". A comma that no known setting
// follows belongs to the address before it, as in #rc=3&rp=5xx,rt.
func parseNumber(spec string) (carriersim.NumberConfig, error) {
	n := carriersim.NumberConfig{}
	kind := ""
	settings := map[string]*string{"type": &kind, "voice": &n.VoiceURL, "voice-fallback": &n.VoiceFallbackURL, "sms": &n.SMSURL,
		"sms-fallback": &n.SMSFallbackURL, "service": &n.Service}
	parts := strings.Split(spec, ",")
	n.Number = parts[0]
	var last *string
	for _, part := range parts[1:] {
		key, value, ok := strings.Cut(part, "=")
		target := settings[key]
		switch {
		case ok && target != nil:
			*target, last = value, target
		case last != nil && last != &kind && last != &n.Service && (!ok || strings.Contains(key, "&")):
			*last += "," + part
		default:
			return n, fmt.Errorf("number %s: unknown setting %q", n.Number, part)
		}
	}
	switch t := carriersim.SenderType(kind); t {
	case "", carriersim.LongCode, carriersim.TollFree, carriersim.ShortCode:
		n.Type = t
	default:
		return n, fmt.Errorf("number %s: type %q: want long_code, toll_free or short_code", n.Number, kind)
	}
	return n, nil
}
