package chaos

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/callhours"
)

// history reads what happened from both sides.
func (r *run) history(ctx context.Context) (history, error) {
	zones, err := callhours.Load()
	if err != nil {
		return history{}, fmt.Errorf("load time zones: %w", err)
	}
	home := map[string]area{}
	for _, p := range r.plan.people {
		home[p.phone] = p.at
		if _, known := zones.Location(p.at.zone); !known {
			return history{}, fmt.Errorf("load time zones: no %s", p.at.zone)
		}
	}
	h := history{rate: r.plan.form.CallsPerSecond, wall: r.wall,
		where: func(phone string) (*time.Location, string) {
			zone, _ := zones.Location(home[phone].zone)
			return zone, home[phone].country
		}}
	r.carrier(&h)
	return h, r.read(ctx, &h)
}

// wall is the machine's time at an instant of business time. What happened
// before the replicas were started lies before all that is judged.
func (r *run) wall(business time.Time) time.Time {
	return r.began.Add(time.Duration(float64(business.Sub(r.business)) / r.plan.form.Factor))
}

// firstWords are in the first sentence of every call of ours. Where it gets no
// document at all the carrier speaks itself, and that is not being called.
const firstWords = "automated call"

// carrier copies the carrier's record.
func (r *run) carrier(h *history) {
	sim := r.stack.Simulator()
	for _, q := range sim.Requests() {
		if q.Method == http.MethodPost && strings.HasSuffix(q.Path, createPath) {
			to := ""
			if list := q.Form["To"]; len(list) > 0 {
				to = list[0]
			}
			h.posts = append(h.posts, post{to: to, wall: q.Wall})
		}
	}
	answered := map[string]time.Time{}
	for _, w := range sim.Webhooks("") {
		for _, a := range w.Attempts {
			at := a.At.Add(time.Duration(a.MS * float64(time.Millisecond)))
			if before, known := answered[w.MessageSID]; a.Status/100 == 2 && (!known || at.Before(before)) {
				answered[w.MessageSID] = at
			}
		}
	}
	for _, p := range sim.Phones() {
		for _, c := range p.Calls {
			if c.Direction == "inbound" {
				continue
			}
			seen := call{sid: c.SID, to: c.To, created: c.Created}
			if c.Ended != nil {
				seen.ended = *c.Ended
			}
			for _, l := range c.Lines {
				seen.said = seen.said || l.Kind == "say" && strings.Contains(l.Text, firstWords)
			}
			h.calls = append(h.calls, seen)
		}
		for _, t := range p.Thread {
			if t.Out {
				h.texts = append(h.texts, text{phone: p.Number, body: t.Body, sent: t.At, answered: answered[t.SID]})
			}
		}
	}
	for _, v := range sim.Violations() {
		h.violations = append(h.violations, violation{v.Kind, v.Phone, v.Detail})
	}
}

// read copies what the database holds.
func (r *run) read(ctx context.Context, h *history) error {
	conn, err := pgx.Connect(ctx, r.stack.DatabaseURL())
	if err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	const phones = ` JOIN employees e ON e.account_id = x.account_id AND e.phone_key = x.phone_key `
	if h.campaigns, err = rowsOf[campaignRow](ctx, conn, `SELECT id::text, status, manifest_total FROM campaigns WHERE launched_at IS NOT NULL`); err != nil {
		return err
	}
	if h.recipients, err = rowsOf[recipientRow](ctx, conn, `SELECT x.campaign_id::text AS campaign, e.phone, x.state, x.reason FROM recipients x`+phones); err != nil {
		return err
	}
	if h.attempts, err = rowsOf[attemptRow](ctx, conn, `SELECT e.phone, x.state, coalesce(x.call_sid, '') AS call_sid FROM attempts x`+phones); err != nil {
		return err
	}
	h.ledger, err = rowsOf[ledgerRow](ctx, conn, `SELECT e.phone, x.kind, x.at FROM consent_events x`+phones+`ORDER BY x.id`)
	return err
}

func rowsOf[T any](ctx context.Context, conn *pgx.Conn, sql string) ([]T, error) {
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return nil, fmt.Errorf("read the database: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	if err != nil {
		return nil, fmt.Errorf("read the database: %w", err)
	}
	return list, nil
}
