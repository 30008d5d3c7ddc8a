// Package seed makes the demo's history: an employer that was approved seven
// weeks ago, its people in every state of consent, a campaign of the past, one
// that waits to be launched, and a second company that waits for its review.
// Everything happens through the public API, the mailbox and the phones of the
// simulator, as it would with people; it must never write to the database.
package seed

import (
	"context"
	"fmt"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
	"github.com/callshu/callshu/cmd/demo/internal/desk"
	"github.com/callshu/callshu/cmd/demo/internal/sample"
	"github.com/callshu/callshu/cmd/demo/internal/stack"
	"github.com/callshu/callshu/internal/carriersim"
)

// The addresses that the people of the sample come from: ranges for
// documentation, so that a visitor's own attempts are counted apart.
const (
	employerIP  = "203.0.113.24"
	operatorIP  = "198.51.100.7"
	applicantIP = "203.0.113.77"
)

// While the history is made business time runs faster than the machine's, so
// that half an hour of people's lives takes a minute and a half.
const (
	historyFactor = 20
	historyCalls  = 8
)

// PresentCalls is the pace a visitor sees: what Twilio gives a new account.
const PresentCalls = 1

// Seeder makes the history on a stack.
type Seeder struct {
	stack  *stack.Stack
	desk   *desk.Desk
	say    func(format string, args ...any)
	people []sample.Person
}

// New reads the sample. say tells of progress, a line at a time.
func New(s *stack.Stack, say func(format string, args ...any)) (*Seeder, error) {
	people, err := sample.People()
	if err != nil {
		return nil, err
	}
	return &Seeder{stack: s, desk: desk.New(s), say: say, people: people}, nil
}

// Begin is the business time at which the history of a demo on a Monday starts:
// a Tuesday noon seven weeks earlier.
func Begin(monday time.Time) time.Time { return dayBefore(monday, 48, 12, 30) }

// season is when the seasonal crew came: more than thirty days later, so that
// old invitations have lapsed, and twelve days ago.
func season(monday time.Time) time.Time { return dayBefore(monday, 12, 13, 15) }

func dayBefore(monday time.Time, days, hour, minute int) time.Time {
	d := monday.AddDate(0, 0, -days)
	return time.Date(d.Year(), d.Month(), d.Day(), hour, minute, 0, 0, d.Location())
}

// History lives through the past and then brings the product to the present.
func (s *Seeder) History(ctx context.Context, monday time.Time) (stack.Seeded, error) {
	var done stack.Seeded
	if err := s.founding(ctx, Begin(monday)); err != nil {
		return done, err
	}
	finished, err := s.seasonal(ctx, season(monday))
	if err != nil {
		return done, err
	}
	done.FinishedCampaign = finished
	if err := s.stack.Serve(ctx, stack.Moment{At: monday, Factor: 1, CallsPerSecond: PresentCalls}); err != nil {
		return done, err
	}
	return s.present(ctx, done)
}

// founding: the employer applies, is approved, and invites its people.
func (s *Seeder) founding(ctx context.Context, at time.Time) error {
	if err := s.stack.Serve(ctx, stack.Moment{At: at, Factor: historyFactor, CallsPerSecond: historyCalls}); err != nil {
		return err
	}
	reviewer := sample.Reviewer()
	if err := s.stack.AddOperator(ctx, reviewer.Name, reviewer.Email, reviewer.Password); err != nil {
		return err
	}
	if err := s.setOwners(ctx, sample.Person.PastOwner); err != nil {
		return err
	}
	employer := sample.Employer()
	s.say("%s applies for an account", employer.SpokenName)
	browser := api.New(s.stack.URL, employerIP)
	if err := s.desk.Apply(ctx, browser, employer); err != nil {
		return err
	}
	if _, err := browser.Login(ctx, employer.Email, employer.Password); err != nil {
		return err
	}
	if err := s.desk.VerifyPhone(ctx, browser, employer.Phone); err != nil {
		return err
	}
	operator := api.New(s.stack.URL, operatorIP)
	if err := s.desk.SignInOperator(ctx, operator, reviewer.Email, reviewer.Password); err != nil {
		return err
	}
	if err := s.desk.Approve(ctx, operator, employer.Email, "Registry extract of today; the website names the plants."); err != nil {
		return err
	}
	s.say("%s approves it", reviewer.Name)
	if err := s.importWave(ctx, browser, sample.WaveFounding, true); err != nil {
		return err
	}
	waves := []int{sample.WaveFounding}
	return s.awaitConsent(ctx, browser, api.Funnel{
		OptedIn: sample.Count(s.people, "yes", waves...), OptedOut: sample.Count(s.people, "stop", waves...),
		Invited: sample.Count(s.people, "silent", waves...) + sample.Count(s.people, "undelivered", waves...)})
}

// seasonal: five weeks later who never answered has lapsed; a second crew comes
// and a campaign is run.
func (s *Seeder) seasonal(ctx context.Context, at time.Time) (finished string, err error) {
	if err := s.stack.Serve(ctx, stack.Moment{At: at, Factor: historyFactor, CallsPerSecond: historyCalls}); err != nil {
		return "", err
	}
	employer := sample.Employer()
	browser := api.New(s.stack.URL, employerIP)
	if _, err := browser.Login(ctx, employer.Email, employer.Password); err != nil {
		return "", err
	}
	s.say("five weeks pass: invitations that nobody answered lapse")
	lapsed := sample.Count(s.people, "silent", sample.WaveFounding) + sample.Count(s.people, "undelivered", sample.WaveFounding)
	if err := s.importWave(ctx, browser, sample.WaveSeasonal, true); err != nil {
		return "", err
	}
	if err := s.importWave(ctx, browser, sample.WaveNew, false); err != nil {
		return "", err
	}
	waves := []int{sample.WaveFounding, sample.WaveSeasonal}
	err = s.awaitConsent(ctx, browser, api.Funnel{
		OptedIn: sample.Count(s.people, "yes", waves...), OptedOut: sample.Count(s.people, "stop", waves...),
		Invited: sample.Count(s.people, "silent", sample.WaveSeasonal), Lapsed: lapsed})
	if err != nil {
		return "", err
	}
	return s.runFinished(ctx, browser)
}

func (s *Seeder) importWave(ctx context.Context, browser *api.Client, wave int, invite bool) error {
	people := sample.OfWave(s.people, wave)
	file, err := sample.File(people)
	if err != nil {
		return err
	}
	result, err := browser.Import(ctx, file, sample.Attestation, invite)
	if err != nil {
		return err
	}
	if result.New != len(people) || result.Rejected != 0 || invite && result.InvitationsQueued != len(people) {
		return fmt.Errorf("import of %d people: %d new, %d rejected, %d invitations queued", len(people), result.New, result.Rejected, result.InvitationsQueued)
	}
	if invite {
		s.say("%d people are imported and invited by text", result.New)
	} else {
		s.say("%d people are imported and not invited yet", result.New)
	}
	return nil
}

// awaitConsent waits until texts and answers have come to what the sample says.
func (s *Seeder) awaitConsent(ctx context.Context, browser *api.Client, want api.Funnel) error {
	err := api.Await(ctx, fmt.Sprintf("the answers to invitations (%s)", consentLine(want)), time.Minute, 400*time.Millisecond, func() (bool, string, error) {
		got, err := browser.Funnel(ctx)
		same := got.OptedIn == want.OptedIn && got.OptedOut == want.OptedOut && got.Invited == want.Invited && got.Lapsed == want.Lapsed
		return same, consentLine(got), err
	})
	if err == nil {
		s.say("answers are in: %s", consentLine(want))
	}
	return err
}

func consentLine(f api.Funnel) string {
	return fmt.Sprintf("%d opted in, %d opted out, %d invited, %d lapsed", f.OptedIn, f.OptedOut, f.Invited, f.Lapsed)
}

// runFinished calls people for real, at the phones of the simulator.
func (s *Seeder) runFinished(ctx context.Context, browser *api.Client) (id string, err error) {
	draft := sample.Finished()
	c, err := browser.CreateCampaign(ctx, draft)
	if err != nil {
		return "", err
	}
	plan, err := browser.Plan(ctx, c.ID)
	if err != nil {
		return "", err
	}
	if _, err := browser.Launch(ctx, c.ID, plan.PlanHash); err != nil {
		return "", err
	}
	s.say("“%s” calls %d people", draft.Name, plan.Callable)
	err = api.Await(ctx, "the end of the campaign of the past", time.Minute, 500*time.Millisecond, func() (bool, string, error) {
		c, err = browser.Campaign(ctx, c.ID)
		return c.Status == "finished", fmt.Sprintf("%s, %+v", c.Status, c.Progress), err
	})
	if err != nil {
		return "", err
	}
	p := c.Progress
	s.say("it is over: %d answered, %d did not press a key, %d voicemails, %d no answer or busy, %d failed", p.Answered, p.AnsweredNoKey, p.Voicemail, p.NoAnswer+p.Busy, p.Failed)
	return c.ID, nil
}

// present makes what waits for the visitor.
func (s *Seeder) present(ctx context.Context, done stack.Seeded) (stack.Seeded, error) {
	applicant := sample.Applicant()
	if err := s.desk.Apply(ctx, api.New(s.stack.URL, applicantIP), applicant); err != nil {
		return done, err
	}
	s.say("%s applies and waits for a decision", applicant.SpokenName)
	return s.Ready(ctx, done)
}

// Ready sees to it that a campaign waits to be launched and that phones are
// answered slowly enough for a visitor to be first. Every demo ends its start
// with it.
func (s *Seeder) Ready(ctx context.Context, done stack.Seeded) (stack.Seeded, error) {
	if err := s.setOwners(ctx, sample.Person.NowOwner); err != nil {
		return done, err
	}
	employer := sample.Employer()
	browser := api.New(s.stack.URL, employerIP)
	me, err := browser.Login(ctx, employer.Email, employer.Password)
	if err != nil {
		return done, err
	}
	if me.Account.SenderNumber != nil {
		done.SenderNumber = *me.Account.SenderNumber
	}
	if done.ReadyCampaign != "" {
		if c, err := browser.Campaign(ctx, done.ReadyCampaign); err != nil || c.Status == "draft" {
			return done, err
		}
	}
	c, err := browser.CreateCampaign(ctx, sample.Ready())
	if err != nil {
		return done, err
	}
	done.ReadyCampaign = c.ID
	plan, err := browser.Plan(ctx, c.ID)
	if err != nil {
		return done, err
	}
	if plan.InHoursNow == 0 {
		return done, fmt.Errorf("nobody of the ready campaign may be called now: %+v", plan)
	}
	s.say("“%s” is ready to launch: %d of %d people may be called now", sample.Ready().Name, plan.InHoursNow, plan.Total)
	return done, browser.Logout(ctx)
}

// setOwners gives each phone its person; the employer's own is the visitor's.
func (s *Seeder) setOwners(ctx context.Context, owner func(sample.Person) (carriersim.Persona, error)) error {
	for _, p := range s.people {
		script, err := owner(p)
		if err != nil {
			return err
		}
		if err := s.stack.Sim.SetOwner(ctx, p.Phone, script); err != nil {
			return err
		}
	}
	return s.stack.Sim.ByHand(ctx, sample.Employer().Phone)
}
