package smoke

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/engine"
)

func (w *walk) results(ctx context.Context) error {
	c, err := w.browser.Campaign(ctx, w.campaign)
	if err != nil {
		return err
	}
	p := c.Progress
	if p.Total != len(w.crew) || p.Final() != p.Total || p.Total != c.ManifestTotal {
		return fmt.Errorf("%d people, a manifest of %d, %d in a final state: %+v", len(w.crew), c.ManifestTotal, p.Final(), p)
	}
	ones, twos := w.crew.acting("early1", "listens1"), w.crew.acting("press2")
	for _, figure := range []struct {
		what      string
		got, want int
	}{
		{"answered", p.Answered, ones + twos},
		{"answered 1", p.Answers["1"], ones},
		{"answered 2", p.Answers["2"], twos},
		{"answered without a key (hung up, 9, 8)", p.AnsweredNoKey, w.crew.acting("hangs up", "stop9", "notme8")},
		{"voicemail", p.Voicemail, w.crew.acting("voicemail")},
		{"busy or not answered", p.Busy + p.NoAnswer, w.crew.acting("busy", "declines")},
		{"failed", p.Failed, w.crew.acting("unreachable")},
		{"skipped (no consent, or STOP while it rang)", p.Skipped, w.crew.count("stop") + w.crew.count("silent") + w.crew.acting("by hand")},
		{"calls made", p.CallsMade, w.crew.count("yes")},
	} {
		if figure.got != figure.want {
			return fmt.Errorf("%s: %d, want %d (%+v)", figure.what, figure.got, figure.want, p)
		}
	}
	w.figures.Recipients, w.figures.Answers = p.Total, p.Answered
	if err := w.list(ctx); err != nil {
		return err
	}
	if err := w.afterwards(ctx); err != nil {
		return err
	}
	return w.atTheCarrier(ctx)
}

// list checks the table of recipients and the file of it.
func (w *walk) list(ctx context.Context) error {
	rows, err := w.browser.Recipients(ctx, w.campaign)
	if err != nil {
		return err
	}
	answers := 0
	for _, r := range rows {
		if r.State == "answered" && r.Answer != nil {
			answers++
		}
	}
	if len(rows) != len(w.crew) || answers != w.figures.Answers {
		return fmt.Errorf("the table has %d rows with %d answers, want %d with %d", len(rows), answers, len(w.crew), w.figures.Answers)
	}
	data, err := w.browser.RecipientsCSV(ctx, w.campaign)
	if err != nil {
		return err
	}
	file, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\uFEFF")))).ReadAll()
	if err != nil {
		return fmt.Errorf("read the file of results: %w", err)
	}
	if len(file) != len(w.crew)+1 {
		return fmt.Errorf("the file of results has %d rows, want %d and the headings", len(file), len(w.crew))
	}
	for _, person := range w.crew {
		if !bytes.Contains(data, []byte(person.Name)) {
			return fmt.Errorf("the file of results misses %s", person.Name)
		}
	}
	return nil
}

// afterwards: who stopped, in whatever way, is in no further plan.
func (w *walk) afterwards(ctx context.Context) error {
	f, err := w.browser.Funnel(ctx)
	if err != nil {
		return err
	}
	stopped := w.crew.count("stop") + w.crew.acting("stop9", "notme8", "by hand")
	if f.OptedOut != stopped || f.OptedIn != len(w.crew)-stopped-w.crew.count("silent") {
		return fmt.Errorf("after the campaign %d people are out, want %d: %+v", f.OptedOut, stopped, f)
	}
	w.figures.OptedOut = f.OptedOut
	next, err := w.browser.CreateCampaign(ctx, draft())
	if err != nil {
		return err
	}
	plan, err := w.browser.Plan(ctx, next.ID)
	if err != nil {
		return err
	}
	if plan.Callable != f.OptedIn {
		return fmt.Errorf("the next plan would call %d people, but %d are opted in", plan.Callable, f.OptedIn)
	}
	return nil
}

// atTheCarrier asks the other side: whom it was told to call, how often, and
// what a correct product would never have done.
func (w *walk) atTheCarrier(ctx context.Context) error {
	stats, err := w.stack.Sim.Stats(ctx)
	if err != nil {
		return err
	}
	violations, err := w.stack.Sim.Violations(ctx)
	if err != nil {
		return err
	}
	w.figures.Calls = stats.Calls
	w.figures.Duplicates, w.figures.Violations, w.figures.WebhookFailures = stats.Duplicates+stats.CalledTwice, len(violations), stats.Failed
	switch {
	case len(violations) > 0:
		return fmt.Errorf("the carrier holds %d things against us, first %s", len(violations), describe(violations[0]))
	case w.figures.Duplicates > 0:
		return fmt.Errorf("%d phones were called twice, %d while they rang", stats.CalledTwice, stats.Duplicates)
	case stats.Failed > 0:
		return fmt.Errorf("%d webhooks failed", stats.Failed)
	case stats.Calls != w.crew.count("yes")+1:
		return fmt.Errorf("the carrier saw %d calls, want %d and the preview", stats.Calls, w.crew.count("yes"))
	}
	calls, err := w.stack.Sim.Calls(ctx)
	if err != nil {
		return err
	}
	for _, person := range w.crew {
		called := slices.ContainsFunc(calls, func(c engine.CallView) bool { return c.To == person.Phone })
		if called != (person.Reply == "yes") {
			return fmt.Errorf("%s, who answered %q to the invitation, was called: %t", person.Name, person.Reply, called)
		}
	}
	return nil
}

func describe(v carriersim.Violation) string {
	return fmt.Sprintf("%s at %s %s: %s", v.Kind, v.Phone, v.CallSID+v.MessageSID, v.Detail)
}

func (w *walk) audit(ctx context.Context) error {
	rows, err := w.browser.Audit(ctx)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.Action] = true
	}
	for _, action := range []string{"account.registered", "email.verified", "phone.verified", "account.approved", "employees.imported", "employees.invited",
		"campaign.created", "campaign.launched", "campaign.paused", "campaign.resumed", "campaign.finished", "campaign.exported"} {
		if !seen[action] {
			return fmt.Errorf("the audit log has no %s among %d rows: %v", action, len(rows), keys(seen))
		}
	}
	err = api.Await(ctx, "everything to be sealed", 10*time.Second, 300*time.Millisecond, func() (bool, string, error) {
		seals, err := w.operator.VerifySeals(ctx)
		w.figures.Seals = seals.Seals
		if err == nil && !seals.OK {
			err = fmt.Errorf("a seal does not hold: %+v", seals)
		}
		return seals.Unsealed == 0 && seals.Seals > 0, fmt.Sprintf("%+v", seals), err
	})
	if err != nil {
		return err
	}
	told, err := w.stack.VerifyAudit(ctx)
	if err != nil {
		return err
	}
	if !strings.Contains(told, "every seal holds") {
		return fmt.Errorf("callshu audit verify says %q", told)
	}
	lines, err := w.stack.ErrorLines()
	if err != nil {
		return err
	}
	if len(lines) > 0 {
		return fmt.Errorf("the product's log tells of %d errors, first %s", len(lines), lines[0])
	}
	return nil
}

func keys(set map[string]bool) []string {
	list := make([]string, 0, len(set))
	for key := range set {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}
