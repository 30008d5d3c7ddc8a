package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
	"github.com/callshu/callshu/internal/carriersim"
)

// Moment is when and how fast the product lives.
type Moment struct {
	At             time.Time // business time
	Factor         float64   // business seconds per second
	CallsPerSecond int
}

// readyWithin is far above the measured start; a loaded machine is slow.
const readyWithin = 30 * time.Second

// Serve starts the product at a business time, or ends it and starts it anew at
// a later one. The simulator's clock goes along, so that both tell one story.
func (s *Stack) Serve(ctx context.Context, m Moment) error {
	if err := s.moveTo(ctx, m); err != nil {
		return err
	}
	c, err := startChild(s.opts.Binary, []string{"serve"}, s.environment(), s.logPath())
	if err != nil {
		return err
	}
	s.child = c
	if err := s.awaitReady(ctx, c, s.URL); err != nil {
		return err
	}
	go func() {
		<-c.ended
		if !c.stopping.Load() {
			s.report("Callshu ended by itself", c.crash())
		}
	}()
	return nil
}

// moveTo ends the product and moves business time, its own and the carrier's.
func (s *Stack) moveTo(ctx context.Context, m Moment) error {
	if err := s.settle(ctx); err != nil {
		return err
	}
	if err := s.StopServing(); err != nil {
		return err
	}
	if err := s.moveSimulator(ctx, m); err != nil {
		return err
	}
	s.clock, s.wall = m, time.Now()
	return nil
}

// settle waits until the carrier has told the product all it has to tell.
func (s *Stack) settle(ctx context.Context) error {
	if s.child == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := s.sim.Idle(ctx); err != nil {
		return fmt.Errorf("wait for the simulator to be idle: %w", err)
	}
	return nil
}

func (s *Stack) moveSimulator(ctx context.Context, m Moment) error {
	if d := m.At.Sub(s.sim.Now()); d > 0 {
		if err := s.sim.SetClock("manual", 0); err != nil {
			return err
		}
		if err := s.sim.Advance(ctx, d); err != nil {
			return fmt.Errorf("move the simulator's clock: %w", err)
		}
	}
	if err := s.sim.SetClock("scaled", m.Factor); err != nil {
		return err
	}
	return s.sim.Configure(func(c *carriersim.Options) { c.CPS = float64(m.CallsPerSecond) })
}

// awaitReady waits until a replica at an address may be sent requests.
func (s *Stack) awaitReady(ctx context.Context, c *child, address string) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if answers(ctx, address+"/readyz") {
			return nil
		}
		select {
		case <-c.ended:
			return c.crash()
		case <-ctx.Done():
			return fmt.Errorf("callshu is not ready after %s; the end of %s:\n%s", readyWithin, c.log, tail(c.log, 12))
		case <-tick.C:
		}
	}
}

func answers(ctx context.Context, address string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// StopServing ends the product; it drains first.
func (s *Stack) StopServing() error {
	if s.child == nil {
		return nil
	}
	c := s.child
	s.child = nil
	return c.stop()
}

// Now is the business time, as the product sees it.
func (s *Stack) Now() time.Time {
	return s.clock.At.Add(time.Duration(float64(time.Since(s.wall)) * s.clock.Factor))
}

func (s *Stack) logPath() string { return filepath.Join(s.opts.Dir, "log", "callshu.log") }

// ErrorLines are the lines of the product's log that tell of an error.
func (s *Stack) ErrorLines() ([]string, error) {
	data, err := os.ReadFile(s.logPath())
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, `"level":"ERROR"`) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines, nil
}

// environment is all that the product gets of ours: nothing leaks in from the
// shell of who runs the demo.
func (s *Stack) environment() []string { return s.environmentOf(s.ports[portCallshu].address) }

// environmentOf is that of a replica that listens on an address of its own.
func (s *Stack) environmentOf(listen string) []string {
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.opts.Dir,
		"APP_ENV=development",
		"LISTEN_ADDR=" + listen,
		"PUBLIC_URL=" + s.URL,
		"DATABASE_URL=" + s.roleURL("callshu_app"),
		"OPERATOR_DATABASE_URL=" + s.roleURL("callshu_operator"),
		"WORKER_DATABASE_URL=" + s.roleURL("callshu_worker"),
		"MIGRATION_DATABASE_URL=" + s.admin.String(),
		"JWT_KEYS=" + s.secrets.JWTKeys,
		"DATA_KEYS=" + s.secrets.DataKeys,
		"TWILIO_ACCOUNT_SID=" + accountSID,
		"TWILIO_AUTH_TOKEN=" + authToken,
		"TWILIO_FROM_NUMBERS=" + strings.Join(senders(), ","),
		"TWILIO_API_BASE=" + s.SimURL,
		"TWILIO_MPS=" + strconv.FormatFloat(s.opts.TextsPerSecond, 'f', -1, 64),
		"SMTP_URL=smtp://" + s.ports[portSMTP].address + "?tls=none",
		"MAIL_FROM=Callshu <no-reply@callshu.example>",
		"OPS_EMAIL=ops@callshu.example",
		"TRUSTED_PROXIES=" + s.proxies(),
	}
	if s.clock.At.IsZero() {
		return env
	}
	return append(env, "TWILIO_CPS="+strconv.Itoa(s.clock.CallsPerSecond),
		fmt.Sprintf("CALLSHU_CLOCK=%s,%g,%s", s.clock.At.Format(time.RFC3339Nano), s.clock.Factor, s.wall.Format(time.RFC3339Nano)))
}

// proxies are whom the product believes about a client's address.
func (s *Stack) proxies() string {
	if s.opts.TrustLoopback {
		return "127.0.0.0/8"
	}
	return api.Proxy + "/32"
}

// command runs the product once and returns what it printed; the error holds
// what it complained about.
func (s *Stack) command(ctx context.Context, args ...string) (string, error) {
	return s.commandWith(ctx, nil, args...)
}

func (s *Stack) commandWith(ctx context.Context, extra []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.opts.Binary, args...)
	var out, complaint bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = append(s.environment(), extra...), &out, &complaint
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("callshu %s: %w\n%s", strings.Join(args[:min(2, len(args))], " "), err, strings.TrimSpace(complaint.String()))
	}
	return out.String(), nil
}

// VerifyAudit has the product recompute every seal and returns what it says.
func (s *Stack) VerifyAudit(ctx context.Context) (string, error) {
	return s.command(ctx, "audit", "verify")
}

// AddOperator adds a member of staff by the command line and keeps the secret
// of the second factor.
func (s *Stack) AddOperator(ctx context.Context, name, email, password string) error {
	out, err := s.commandWith(ctx, []string{"CALLSHU_OPERATOR_PASSWORD=" + password}, "operator", "add", "--email", email, "--name", name, "--team", "support")
	if err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		if secret, ok := strings.CutPrefix(line, "secret"); ok {
			s.secrets.OperatorTOTP = strings.TrimSpace(secret)
			return s.secrets.save()
		}
	}
	return errors.New("callshu operator add: printed no secret")
}
