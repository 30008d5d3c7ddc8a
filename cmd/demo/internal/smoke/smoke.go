// Package smoke walks the main job without a screen, from registration to
// sealed results, as an employer, an operator and sixty employees would: through
// the public API, the mailbox and the simulator's control API only. The first
// thing that is wrong ends it with a sentence.
package smoke

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
	"github.com/callshu/callshu/cmd/demo/internal/desk"
	"github.com/callshu/callshu/cmd/demo/internal/sample"
	"github.com/callshu/callshu/cmd/demo/internal/stack"
)

// Figures are the last line of a smoke run.
type Figures struct {
	Employees          int     `json:"employees"`
	Recipients         int     `json:"recipients"`
	Calls              int     `json:"calls"`
	Answers            int     `json:"answers"`
	OptedOut           int     `json:"opted_out"`
	Duplicates         int     `json:"duplicates"`
	Violations         int     `json:"violations"`
	WebhookFailures    int     `json:"webhook_failures"`
	Seals              int     `json:"seals"`
	SecondsToFirstRing float64 `json:"seconds_to_first_ring"`
	PauseHeldMS        int     `json:"pause_last_call_ms"`
	Seconds            float64 `json:"seconds"`
}

// Round gives seconds with three decimals.
func Round(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

// callsPerSecond is the pace of the run: five times what Twilio gives at first, and
// slow enough that a hiccup of a loaded machine is no breach of it.
const callsPerSecond = 5

// walk is one run.
type walk struct {
	stack     *stack.Stack
	desk      *desk.Desk
	say       func(format string, args ...any)
	crew      crew
	browser   *api.Client
	operator  *api.Client
	campaign  string
	plan      api.Plan
	previewed chan error // what became of the preview
	figures   Figures
}

// Run walks on a fresh stack, on a Monday at 09:02.
func Run(ctx context.Context, s *stack.Stack, monday time.Time, say func(format string, args ...any)) (Figures, error) {
	crew, err := assemble()
	if err != nil {
		return Figures{}, err
	}
	w := &walk{stack: s, desk: desk.New(s), say: say, crew: crew,
		browser: api.New(s.URL, "203.0.113.10"), operator: api.New(s.URL, "198.51.100.10")}
	if err := s.Serve(ctx, stack.Moment{At: monday, Factor: 1, CallsPerSecond: callsPerSecond}); err != nil {
		return w.figures, err
	}
	for _, step := range []struct {
		name string
		take func(context.Context) error
	}{
		{"an employer applies, proves its address and phone, and waits", w.apply},
		{"an operator approves with a second factor", w.approve},
		{"people are imported from a file as spreadsheets write it", w.importPeople},
		{"people are invited and answer YES, STOP or nothing", w.consent},
		{"a campaign is written, planned and previewed", w.compose},
		{"it is launched, stopped by a text, paused, resumed and finished", w.call},
		{"the results add up, here and at the carrier", w.results},
		{"every act has its row, and every row its seal", w.audit},
	} {
		began := time.Now()
		if err := step.take(ctx); err != nil {
			return w.figures, fmt.Errorf("%s: %w", step.name, err)
		}
		say("%5.1f s  %s", time.Since(began).Seconds(), step.name)
	}
	return w.figures, nil
}

// refused checks that a request met the refusal it should.
func refused(err error, status int, code string) error {
	var p *api.Problem
	switch {
	case err == nil:
		return fmt.Errorf("a request was accepted that should be refused with %d %s", status, code)
	case !errors.As(err, &p):
		return err
	case p.Status != status || p.Code != code:
		return fmt.Errorf("want the refusal %d %s, got: %w", status, code, err)
	}
	return nil
}

func (w *walk) apply(ctx context.Context) error {
	employer := sample.Employer()
	short := employer
	short.Password = "too short"
	if err := named(w.browser.Register(ctx, short), "body.password"); err != nil {
		return err
	}
	if err := w.browser.Register(ctx, employer); err != nil {
		return err
	}
	_, err := w.browser.Login(ctx, employer.Email, employer.Password)
	if err := refused(err, 403, "email_unverified"); err != nil {
		return err
	}
	token, err := w.desk.Token(ctx, employer.Email)
	if err != nil {
		return err
	}
	if err := w.browser.VerifyEmail(ctx, token); err != nil {
		return err
	}
	if err := refused(w.browser.VerifyEmail(ctx, token), 410, "token_gone"); err != nil {
		return fmt.Errorf("a mailed link works once: %w", err)
	}
	me, err := w.browser.Login(ctx, employer.Email, employer.Password)
	if err != nil {
		return err
	}
	if me.Account.Status != "pending_review" {
		return fmt.Errorf("the account is %q before anybody has approved it", me.Account.Status)
	}
	if _, err := w.browser.Funnel(ctx); refused(err, 403, "account_pending") != nil {
		return fmt.Errorf("data before approval: %w", refused(err, 403, "account_pending"))
	}
	if err := w.stack.Sim.ByHand(ctx, employer.Phone); err != nil {
		return err
	}
	return w.desk.VerifyPhone(ctx, w.browser, employer.Phone)
}

// named checks that a refusal of the input names the field at fault.
func named(err error, location string) error {
	var p *api.Problem
	if !errors.As(err, &p) || p.Status != 422 {
		return fmt.Errorf("want a refusal that names %s, got %w", location, errors.Join(err, errNone(err)))
	}
	for _, e := range p.Errors {
		if e.Location == location {
			return nil
		}
	}
	return fmt.Errorf("want a refusal that names %s, got: %w", location, err)
}

func errNone(err error) error {
	if err == nil {
		return errors.New("no refusal at all")
	}
	return nil
}

func (w *walk) approve(ctx context.Context) error {
	reviewer, employer := sample.Reviewer(), sample.Employer()
	if err := w.stack.AddOperator(ctx, reviewer.Name, reviewer.Email, reviewer.Password); err != nil {
		return err
	}
	if err := refused(w.operator.OperatorLogin(ctx, reviewer.Email, reviewer.Password, "000000"), 401, "bad_credentials"); err != nil {
		return fmt.Errorf("sign in without the second factor: %w", err)
	}
	if err := w.desk.SignInOperator(ctx, w.operator, reviewer.Email, reviewer.Password); err != nil {
		return err
	}
	if err := w.desk.Approve(ctx, w.operator, employer.Email, "Registry entry and website agree."); err != nil {
		return err
	}
	me, err := w.browser.Me(ctx)
	if err != nil {
		return err
	}
	if me.Account.Status != "active" || me.Account.SenderNumber == nil {
		return fmt.Errorf("after approval the account is %q with the sender %v", me.Account.Status, me.Account.SenderNumber)
	}
	return nil
}

// importPeople sends the file that a spreadsheet would: byte order mark,
// Windows line ends, and two rows that cannot be taken.
func (w *walk) importPeople(ctx context.Context) error {
	if err := w.crew.moveIn(ctx, w.stack.Sim); err != nil {
		return err
	}
	file, err := sample.File(w.crew.people())
	if err != nil {
		return err
	}
	text := "\uFEFF" + string(file) + "Vanity Fair,1-800-FLOWERS,en,,\nHarbour Office,+44 20 7946 0958,en,,\n"
	spreadsheet := []byte(strings.ReplaceAll(text, "\n", "\r\n"))
	check, err := w.browser.Upload(ctx, spreadsheet)
	if err != nil {
		return err
	}
	n := len(w.crew)
	if check.Total != n+2 || check.New != n || check.Rejected != 2 || check.Check == nil || len(check.Check.Errors) != 2 || check.Check.Errors[0].Row != n+2 {
		return fmt.Errorf("the check of %d good rows and 2 bad ones says %+v", n, check)
	}
	if funnel, err := w.browser.Funnel(ctx); err != nil || funnel.Imported != 0 {
		return errors.Join(err, fmt.Errorf("a check left %d people behind", funnel.Imported))
	}
	if _, err := w.browser.ConfirmImport(ctx, check.ID, "", true); err == nil {
		return errors.New("an import without a statement of how the numbers were given was accepted")
	}
	// Confirmed twice, it is one job.
	for range 2 {
		if _, err := w.browser.ConfirmImport(ctx, check.ID, sample.Attestation, true); err != nil {
			return err
		}
	}
	taken, err := w.browser.AwaitImport(ctx, check.ID)
	if err != nil {
		return err
	}
	if taken.New != n || taken.InvitationsQueued != n {
		return fmt.Errorf("the import of %d people says %+v", n, taken)
	}
	again, err := w.browser.Import(ctx, spreadsheet, sample.Attestation, true)
	if err != nil {
		return err
	}
	if again.Unchanged != n || again.New != 0 || again.InvitationsQueued != 0 {
		return fmt.Errorf("the same file a second time says %+v", again)
	}
	w.figures.Employees = n
	return nil
}

func (w *walk) consent(ctx context.Context) error {
	yes, stop, silent := w.crew.count("yes"), w.crew.count("stop"), w.crew.count("silent")
	err := api.Await(ctx, fmt.Sprintf("%d YES, %d STOP and %d without answer", yes, stop, silent), 30*time.Second, 400*time.Millisecond, func() (bool, string, error) {
		f, err := w.browser.Funnel(ctx)
		return f.OptedIn == yes && f.OptedOut == stop && f.Invited == silent, fmt.Sprintf("%+v", f), err
	})
	if err != nil {
		return err
	}
	people, err := w.browser.Employees(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.Consent.State != "opted_in" {
			continue
		}
		state, events, err := w.browser.Consent(ctx, p.ID)
		if err != nil {
			return err
		}
		return ledger(state, events)
	}
	return fmt.Errorf("nobody of the %d people listed has opted in", len(people))
}

// ledger checks that an opt-in stands on an invitation whose words are known.
func ledger(state string, events []api.ConsentEvent) error {
	kinds := map[string]string{}
	for _, e := range events {
		kinds[e.Kind] = e.WordingVersion
	}
	if state != "opted_in" || kinds["invited"] == "" || kinds["opted_in"] == "" {
		return fmt.Errorf("the ledger of a person who said YES is %q with %v; want invited and opted_in, each with its wording", state, kinds)
	}
	if _, ok := kinds["attested"]; !ok {
		return fmt.Errorf("the ledger of a person who said YES does not say how the number was given: %v", kinds)
	}
	return nil
}
