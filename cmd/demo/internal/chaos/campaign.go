package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
	"github.com/callshu/callshu/cmd/demo/internal/desk"
	"github.com/callshu/callshu/cmd/demo/internal/sample"
	"github.com/callshu/callshu/cmd/demo/internal/stack"
)

// askFactor is how fast business time runs while people are asked.
const askFactor = 10

// ask opens an employer's account and invites its people by text; most say YES.
func (r *run) ask(ctx context.Context, monday time.Time) error {
	if err := r.stack.Serve(ctx, stack.Moment{At: Begin(monday), Factor: askFactor, CallsPerSecond: 1}); err != nil {
		return err
	}
	for _, p := range r.plan.people {
		if err := r.stack.Simulator().SetPersona(p.phone, p.owner()); err != nil {
			return err
		}
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	taken, err := r.browser.Import(ctx, file(r.plan.people), sample.Attestation, true)
	if err != nil {
		return err
	}
	if n := len(r.plan.people); taken.New != n || taken.InvitationsQueued != n {
		return fmt.Errorf("of %d people %d were taken and %d invited, %d were rejected", n, taken.New, taken.InvitationsQueued, taken.Rejected)
	}
	yes, stop := r.count("yes"), r.count("stop")
	return api.Await(ctx, fmt.Sprintf("%d YES and %d STOP", yes, stop), 3*time.Minute, time.Second, func() (bool, string, error) {
		f, err := r.browser.Funnel(ctx)
		return f.OptedIn == yes && f.OptedOut == stop && f.Invited == len(r.plan.people)-yes-stop, fmt.Sprintf("%+v", f), err
	})
}

func (r *run) count(reply string) int {
	n := 0
	for _, p := range r.plan.people {
		if p.reply == reply {
			n++
		}
	}
	return n
}

// open is registration, verification and approval.
func (r *run) open(ctx context.Context) error {
	employer, reviewer, d := sample.Employer(), sample.Reviewer(), desk.New(r.stack)
	if err := r.stack.AddOperator(ctx, reviewer.Name, reviewer.Email, reviewer.Password); err != nil {
		return err
	}
	if err := d.Apply(ctx, r.browser, employer); err != nil {
		return err
	}
	if _, err := r.browser.Login(ctx, employer.Email, employer.Password); err != nil {
		return err
	}
	operator := api.New(r.stack.URL, "198.51.100.10")
	if err := d.SignInOperator(ctx, operator, reviewer.Email, reviewer.Password); err != nil {
		return err
	}
	if err := d.Approve(ctx, operator, employer.Email, "Registry entry and website agree."); err != nil {
		return err
	}
	me, err := r.browser.Me(ctx)
	if err == nil && me.Account.SenderNumber == nil {
		err = errors.New("the approved account has no number to call from")
	}
	if err != nil {
		return err
	}
	r.sender = *me.Account.SenderNumber
	return nil
}

// compose writes the campaign: everybody, twice at most.
func (r *run) compose(ctx context.Context) error {
	draft := sample.Ready()
	draft.Name, draft.MaxAttempts, draft.Audience = "Chaos", 2, api.Audience{Kind: "all"}
	c, err := r.browser.CreateCampaign(ctx, draft)
	r.campaign = c.ID
	return err
}

// signIn begins a session. Without use it lasts for half an hour of business
// time, which is seconds here.
func (r *run) signIn(ctx context.Context) error {
	employer := sample.Employer()
	_, err := r.browser.Login(ctx, employer.Email, employer.Password)
	return err
}

// launch starts the campaign on the replicas. The last session is a day old.
func (r *run) launch(ctx context.Context) error {
	if err := r.signIn(ctx); err != nil {
		return err
	}
	plan, err := r.browser.Plan(ctx, r.campaign)
	if err != nil {
		return err
	}
	if plan.Callable != r.count("yes") || plan.Total != len(r.plan.people) {
		return fmt.Errorf("the plan has %d of %d people to call, want %d of %d", plan.Callable, plan.Total, r.count("yes"), len(r.plan.people))
	}
	_, err = r.browser.Launch(ctx, r.campaign, plan.PlanHash)
	return err
}
