package bench

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/seal"
)

// product is the built binary as a process of its own, on a world's database
// and the stand-in carrier.
type product struct {
	url     string
	browser *api.Client
	command *exec.Cmd
	ended   chan error
	Start   time.Duration // from exec to ready
}

// dataKeys are a fixed secret: the database lives as long as the run.
func dataKeys() string { return "a:" + base64.StdEncoding.EncodeToString(make([]byte, 32)) }

// phoneKey is what the product makes of dataKeys for its phones.
func phoneKey() ([]byte, error) {
	keys, err := seal.Parse(dataKeys())
	if err != nil {
		return nil, err
	}
	return keys.PhoneKey(), nil
}

// serve starts the product at a pace of calls per second and signs its owner in.
func (b *bench) serve(ctx context.Context, w *world, callsPerSecond int) (*product, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("find a port: %w", err)
	}
	address := listener.Addr().String()
	listener.Close()
	log, err := os.Create(filepath.Join(b.dir, "callshu.log"))
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	defer log.Close()
	p := &product{url: "http://" + address, command: exec.Command(b.Binary, "serve"), ended: make(chan error, 1)}
	p.browser = api.New(p.url, "198.51.100.7")
	p.command.Stdout, p.command.Stderr, p.command.SysProcAttr = log, log, &syscall.SysProcAttr{Setpgid: true}
	p.command.Env = []string{"APP_ENV=development", "LISTEN_ADDR=" + address, "PUBLIC_URL=" + p.url,
		"DATABASE_URL=" + w.url(postgres.RoleApp), "OPERATOR_DATABASE_URL=" + w.url(postgres.RoleOperator), "WORKER_DATABASE_URL=" + w.url(postgres.RoleWorker),
		"JWT_KEYS=" + dataKeys(), "DATA_KEYS=" + dataKeys(), "TWILIO_ACCOUNT_SID=" + accountSID, "TWILIO_AUTH_TOKEN=" + authToken,
		"TWILIO_FROM_NUMBERS=" + senderNumber, "TWILIO_API_BASE=" + b.carrier.URL, "TWILIO_CPS=" + strconv.Itoa(callsPerSecond), "TWILIO_MPS=100",
		"SMTP_URL=smtp://127.0.0.1:9?tls=none", "TRUSTED_PROXIES=" + api.Proxy + "/32", "CALLSHU_CLOCK=" + w.clock.Now().Format(time.RFC3339) + ",1"}
	began := time.Now()
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start the product: %w", err)
	}
	go func() { p.ended <- p.command.Wait() }()
	if err := until(ctx, 30*time.Second, func() bool { return answers(p.url + "/readyz") }); err != nil {
		p.stop()
		return nil, fmt.Errorf("wait for the product (see %s): %w", log.Name(), err)
	}
	p.Start = time.Since(began)
	if _, err := p.browser.Login(ctx, userEmail, userPassword); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

func answers(address string) bool {
	answer, err := http.Get(address) //nolint:gosec // our own process
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// stop ends the product by its id.
func (p *product) stop() {
	p.command.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it has ended then
	select {
	case <-p.ended:
	case <-time.After(30 * time.Second):
		p.command.Process.Kill() //nolint:errcheck // nothing more can be done
	}
}

// draft is a campaign of the bench, for people with a tag or for all.
func draft(name, tag string) api.Draft {
	audience := api.Audience{Kind: "all"}
	if tag != "" {
		audience = api.Audience{Kind: "tags", Tags: []string{tag}}
	}
	return api.Draft{Name: name, Audience: audience, MaxAttempts: 1, Content: api.Content{
		Purpose: map[string]string{"en": "tomorrow's start"}, LanguageDefault: "en", Voice: "female", Voicemail: "hang_up",
		Texts:   map[string]api.Text{"en": {Message: "We start at nine tomorrow, {{first_name}}."}},
		Choices: []api.Choice{{Key: 1, Label: map[string]string{"en": "you have understood"}}}}}
}

// launched is a campaign that was launched by the click of a person.
type launched struct {
	id     string
	total  int
	sent   time.Time     // when the request left
	answer time.Duration // until its answer
}

func (p *product) launch(ctx context.Context, d api.Draft) (launched, error) {
	c, err := p.browser.CreateCampaign(ctx, d)
	if err != nil {
		return launched{}, err
	}
	plan, err := p.browser.Plan(ctx, c.ID)
	if err != nil {
		return launched{}, err
	}
	l := launched{id: c.ID, sent: time.Now()}
	c, err = p.browser.Launch(ctx, c.ID, plan.PlanHash)
	l.total, l.answer = c.ManifestTotal, time.Since(l.sent)
	return l, err
}
