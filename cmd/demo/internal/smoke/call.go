package smoke

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
	"github.com/callshu/callshu/cmd/demo/internal/sample"
	"github.com/callshu/callshu/internal/carriersim/engine"
)

const (
	messageEN = "The plant is closed tomorrow."
	messageFR = "L'usine est fermée demain."
)

func draft() api.Draft {
	return api.Draft{Name: "Plant closed tomorrow", MaxAttempts: 1, Audience: api.Audience{Kind: "all"},
		Content: api.Content{Purpose: map[string]string{"en": "tomorrow", "fr": "demain"}, LanguageDefault: "en", Voice: "male", Voicemail: "leave",
			Texts:   map[string]api.Text{"en": {Message: messageEN, Voicemail: messageEN}, "fr": {Message: messageFR, Voicemail: messageFR}},
			Choices: []api.Choice{{Key: 1, Label: map[string]string{"en": "you understood", "fr": "confirmer"}}, {Key: 2, Label: map[string]string{"en": "you have questions", "fr": "poser une question"}}}}}
}

func (w *walk) compose(ctx context.Context) error {
	wrong := draft()
	wrong.Content.Choices[1].Key = 9
	if _, err := w.browser.CreateCampaign(ctx, wrong); named(err, "body.content.choices[1].key") != nil {
		return fmt.Errorf("an answer on key 9, which stops calls: %w", named(err, "body.content.choices[1].key"))
	}
	c, err := w.browser.CreateCampaign(ctx, draft())
	if err != nil {
		return err
	}
	w.campaign = c.ID
	if w.plan, err = w.browser.Plan(ctx, c.ID); err != nil {
		return err
	}
	skipped := map[string]int{}
	for _, s := range w.plan.Skipped {
		skipped[s.Reason] = s.Count
	}
	if w.plan.Total != len(w.crew) || w.plan.Callable != w.crew.count("yes") || w.plan.InHoursNow != w.plan.Callable ||
		skipped["opted_out"] != w.crew.count("stop") || skipped["no_reply"] != w.crew.count("silent") {
		return fmt.Errorf("the plan for %d people, of whom %d said YES, says %d callable, %d in hours, skipped %v",
			len(w.crew), w.crew.count("yes"), w.plan.Callable, w.plan.InHoursNow, skipped)
	}
	if !strings.Contains(strings.Join(w.plan.Spoken["fr"], " "), messageFR) {
		return fmt.Errorf("the plan does not tell what people hear in French: %v", w.plan.Spoken)
	}
	return w.startPreview(ctx)
}

// startPreview rings the author's own phone, who picks up. Listening takes a
// quarter of a minute, in which the run goes on.
func (w *walk) startPreview(ctx context.Context) error {
	phone := sample.Employer().Phone
	attempt, err := w.browser.Preview(ctx, w.campaign, "en")
	if err != nil {
		return err
	}
	if _, err := w.awaitPhone(ctx, phone, "the preview to ring", func(p engine.PhoneView) bool { return p.State == "ringing" }); err != nil {
		return err
	}
	if err := w.stack.Sim.Answer(ctx, phone); err != nil {
		return err
	}
	w.previewed = make(chan error, 1)
	go func() { w.previewed <- w.hearPreview(ctx, phone, attempt) }()
	return nil
}

// hearPreview listens until the message has begun and presses a key.
func (w *walk) hearPreview(ctx context.Context, phone, attempt string) error {
	heard := func(p engine.PhoneView) bool {
		return len(p.Calls) > 0 && strings.Contains(said(p.Calls[0]), messageEN)
	}
	view, err := w.awaitPhone(ctx, phone, "the preview to say the message", heard)
	if err != nil {
		return err
	}
	if first := said(view.Calls[0]); !strings.HasPrefix(first, "This is an automated call from "+sample.Employer().SpokenName) {
		return fmt.Errorf("the preview begins with %.120q", first)
	}
	if err := w.stack.Sim.Press(ctx, phone, "1"); err != nil {
		return err
	}
	return api.Await(ctx, "the preview's answer", 15*time.Second, 300*time.Millisecond, func() (bool, string, error) {
		state, answer, err := w.browser.PreviewState(ctx, attempt)
		return answer != nil && *answer == 1 && state == "completed", "it is " + state, err
	})
}

func said(c engine.CallView) string {
	var all []string
	for _, l := range c.Lines {
		if l.Kind == "say" {
			all = append(all, l.Text)
		}
	}
	return strings.Join(all, " ")
}

func (w *walk) awaitPhone(ctx context.Context, number, what string, when func(engine.PhoneView) bool) (engine.PhoneView, error) {
	var view engine.PhoneView
	err := api.Await(ctx, what, 30*time.Second, 50*time.Millisecond, func() (bool, string, error) {
		var err error
		view, err = w.stack.Sim.Phone(ctx, number)
		return when(view), fmt.Sprintf("%s is %s", number, view.State), err
	})
	return view, err
}

func (w *walk) call(ctx context.Context) error {
	other := strings.Repeat("0", len(w.plan.PlanHash))
	if _, err := w.browser.Launch(ctx, w.campaign, other); refused(err, 409, "plan_changed") != nil {
		return fmt.Errorf("a launch by another plan than the one looked at: %w", refused(err, 409, "plan_changed"))
	}
	rang, err := w.launch(ctx)
	if err != nil {
		return err
	}
	w.figures.SecondsToFirstRing = Round(rang)
	if rang > 5*time.Second {
		return fmt.Errorf("the first phone rang %.1f s after the launch", rang.Seconds())
	}
	if err := w.pauseAndResume(ctx); err != nil {
		return err
	}
	if err := w.stopWhileRinging(ctx); err != nil {
		return err
	}
	if err := <-w.previewed; err != nil {
		return err
	}
	return api.Await(ctx, "the end of the campaign", 60*time.Second, 500*time.Millisecond, func() (bool, string, error) {
		c, err := w.browser.Campaign(ctx, w.campaign)
		return c.Status == "finished", fmt.Sprintf("%s, %+v", c.Status, c.Progress), err
	})
}

// launch starts the campaign and returns how long after the request the first
// phone rang.
func (w *walk) launch(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	ringing := make(chan error, 1)
	var at time.Time
	watching, err := w.stack.Sim.Watch(ctx)
	if err != nil {
		return 0, err
	}
	go func() {
		ringing <- watching.Until(func() (bool, error) {
			calls, err := w.stack.Sim.Calls(ctx)
			for _, c := range calls {
				if c.Status == "ringing" {
					at = time.Now()
					return true, err
				}
			}
			return false, err
		})
	}()
	began := time.Now()
	c, err := w.browser.Launch(ctx, w.campaign, w.plan.PlanHash)
	if err != nil {
		return 0, err
	}
	if c.Status != "running" || len(c.ManifestHash) != 64 || c.ManifestTotal != w.plan.Total {
		return 0, fmt.Errorf("after the launch the campaign is %s with a manifest of %d (%s)", c.Status, c.ManifestTotal, c.ManifestHash)
	}
	if err := <-ringing; err != nil {
		return 0, fmt.Errorf("wait for the first ring: %w", err)
	}
	return at.Sub(began), nil
}

// pauseAndResume: once a pause is answered, nobody new is called until somebody
// resumes.
func (w *walk) pauseAndResume(ctx context.Context) error {
	if err := w.awaitCalls(ctx, 12); err != nil {
		return err
	}
	paused, err := w.browser.Pause(ctx, w.campaign)
	answered := time.Now()
	if err != nil {
		return err
	}
	if paused.Status != "paused" {
		return fmt.Errorf("after a pause the campaign is %s", paused.Status)
	}
	// Longer than ten calls would take: what is still created comes within it.
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(1200 * time.Millisecond):
	}
	stats, err := w.stack.Sim.Stats(ctx)
	if err != nil {
		return err
	}
	if stats.LastCreate == nil {
		return errors.New("the carrier saw no call at all")
	}
	late := stats.LastCreate.Sub(answered)
	w.figures.PauseHeldMS = int(max(late, 0).Milliseconds())
	if late > 250*time.Millisecond {
		return fmt.Errorf("a call was placed %d ms after the pause was answered; 250 are allowed", late.Milliseconds())
	}
	c, err := w.browser.Campaign(ctx, w.campaign)
	if err != nil {
		return err
	}
	if c.Progress.Pending == 0 {
		return errors.New("nobody was left to call when the campaign was paused, so that the pause proves nothing")
	}
	resumed, err := w.browser.Resume(ctx, w.campaign)
	if err == nil && resumed.Status != "running" {
		err = fmt.Errorf("after a resume the campaign is %s", resumed.Status)
	}
	return err
}

func (w *walk) awaitCalls(ctx context.Context, n int) error {
	return api.Await(ctx, fmt.Sprintf("%d calls at the carrier", n), 20*time.Second, 50*time.Millisecond, func() (bool, string, error) {
		stats, err := w.stack.Sim.Stats(ctx)
		return stats.Calls >= n, fmt.Sprintf("%d", stats.Calls), err
	})
}

// stopWhileRinging texts STOP from a phone that rings, which then falls silent.
func (w *walk) stopWhileRinging(ctx context.Context) error {
	person, err := w.crew.with("by hand")
	if err != nil {
		return err
	}
	view, err := w.awaitPhone(ctx, person.Phone, "the phone driven by hand to ring", func(p engine.PhoneView) bool { return p.State == "ringing" })
	if err != nil {
		return err
	}
	if err := w.stack.Sim.Text(ctx, person.Phone, view.Calls[0].From, "STOP"); err != nil {
		return err
	}
	began := time.Now()
	view, err = w.awaitPhone(ctx, person.Phone, "the phone to fall silent after STOP", func(p engine.PhoneView) bool { return p.State == "idle" })
	if err != nil {
		return err
	}
	if status := view.Calls[0].Status; status != "canceled" {
		return fmt.Errorf("the call to a phone that texted STOP while it rang became %s", status)
	}
	w.say("         STOP from a ringing phone: silent after %d ms", time.Since(began).Milliseconds())
	return nil
}
