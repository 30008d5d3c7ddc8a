package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
	"github.com/callshu/callshu/internal/postgres"
)

// crowd lists fictitious numbers of places that share Toronto's hours.
func crowd(n int) []string {
	var numbers []string
	for _, area := range strings.Fields("647 437 905 289 365 519 226 548 613 343 705 249 514 438 450 579 418 581 819 873") {
		for line := range 100 {
			numbers = append(numbers, fmt.Sprintf("+1%s55501%02d", area, line))
		}
	}
	return numbers[:n]
}

// agreed gives everybody on the list an answered invitation, as the ledger has
// it: what the texts of thousands would come to.
func (p *product) agreed() {
	p.t.Helper()
	for _, kind := range []string{"invited", "opted_in"} {
		p.exec(`INSERT INTO consent_events (account_id, phone_key, employee_id, kind, channel, at, actor_kind)
			SELECT account_id, phone_key, id, $1, 'sms', $2, 'employee' FROM employees`, kind, p.clock.Now())
	}
}

// ringing waits until some phone rings and makes it ring until it is thawed; it
// returns the call and whose it is.
func (p *product) ringing(used map[string]bool) (sid, number string) {
	for {
		changed := p.sim.Changed()
		for _, c := range slices.Backward(p.sim.CallViews()) {
			if c.Status != "ringing" || c.Direction == "inbound" || used[c.To] {
				continue
			}
			p.sim.Freeze(c.SID)
			if now, _ := p.sim.CallView(c.SID); now.Status == "ringing" {
				return c.SID, c.To
			}
			p.sim.Thaw(c.SID)
		}
		select {
		case <-changed:
		case <-time.After(10 * time.Millisecond):
		case <-p.t.Context().Done():
			return "", ""
		}
	}
}

// Two hundred people text STOP while a campaign calls two thousand: some before
// anybody is called, some while their phone rings, the others whenever it comes.
// Once their STOP is answered, no call to them is created. The simulator holds
// each create against each answer; a create after one fails the test when it closes.
func TestI2StopsDuringACampaign(t *testing.T) {
	t.Parallel()
	const people, stops, early, ringing = 2000, 200, 20, 60
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender}, env: map[string]string{"TWILIO_CPS": "150", "TWILIO_MPS": "150"}},
		simtest.WithPersonas(), simtest.With(func(o *carriersim.Options) { o.DefaultPersona, o.CPS, o.MPS = "00", 1000, 1000 }),
		simtest.Patience(12*time.Hour), simtest.Deadline(4*time.Minute))
	owner := p.employer("zoe@northwind.example")
	numbers := crowd(people)
	rows := make([]string, people)
	for i, number := range numbers {
		rows[i] = fmt.Sprintf("Person %d,%s,en,", i, number)
	}
	owner.imports(csvOf(rows...), false)
	p.agreed()

	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any number will do
	t.Logf("seed %d", seed)
	shuffled := slices.Clone(numbers)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	p.exec(`UPDATE pace SET held_until = clock_timestamp() + interval '1 hour' WHERE key = 'carrier'`)
	id := p.launch(owner, "Plant closed")
	used := map[string]bool{}
	for _, number := range shuffled[:early] {
		used[number] = true
		p.sim.Phone(number).TextTo(sender, "STOP")
	}
	p.exec(`UPDATE pace SET held_until = '-infinity' WHERE key = 'carrier'`)
	var texting sync.WaitGroup
	texting.Go(func() {
		left := shuffled[early:]
		for i := range stops - early {
			// One STOP for every eight calls, so that they are spread over the campaign.
			for p.sim.Stats().Creates < 8*i {
				select {
				case <-p.sim.Changed():
				case <-time.After(10 * time.Millisecond):
				case <-t.Context().Done():
					return
				}
			}
			var sid, number string
			if i%3 == 0 && i < 3*ringing {
				sid, number = p.ringing(used)
			} else {
				for left = left[1:]; used[left[0]]; left = left[1:] {
				}
				number = left[0]
			}
			used[number] = true
			p.sim.Phone(number).TextTo(sender, "STOP")
			if sid != "" {
				p.sim.Thaw(sid)
			}
		}
	})
	// So many opt-outs pause a campaign by themselves, as they should: its owner
	// lets it go on, or there would be nothing to race.
	letting, done := context.WithCancel(t.Context())
	var letter sync.WaitGroup
	eyes := p.db.Open(postgres.RoleWorker)
	letter.Go(func() {
		for letting.Err() == nil {
			var paused bool
			if err := eyes.QueryRow(letting, `SELECT status = 'paused' FROM campaigns WHERE id = $1`, id).Scan(&paused); err == nil && paused {
				owner.do(http.MethodPost, "campaigns/"+id+"/resume", object{"reason": "It is a test of many opt-outs."})
			}
			select {
			case <-letting.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	defer letter.Wait()
	defer done()
	p.eventually("everybody to be final", `SELECT NOT EXISTS (SELECT FROM recipients WHERE campaign_id = $1 AND state IN ('pending', 'dialling'))`, id)
	texting.Wait()
	p.eventually("every STOP to count", `SELECT count(*) = $1 FROM consents WHERE state = 'opted_out'`, stops)
	p.finished(owner, id)

	stats := p.sim.Stats()
	var skipped, silenced, total int
	err := p.db.Admin().QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE state = 'skipped' AND attempts_made = 0),
		count(*) FILTER (WHERE reason = 'opted_out' AND attempts_made > 0), count(*) FROM recipients WHERE campaign_id = $1`, id).Scan(&skipped, &silenced, &total)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d calls; of %d STOPs %d came before the call, %d ended one", stats.Creates, stops, skipped, silenced)
	if total != people || stats.Creates != people-skipped || stats.CalledTwice != 0 {
		t.Errorf("%d people, %d never called, %d calls, %d called twice", total, skipped, stats.Creates, stats.CalledTwice)
	}
	if skipped < early || silenced < ringing {
		t.Errorf("%d were stopped before a call, want %d at least, and %d during one, want %d at least", skipped, early, silenced, ringing)
	}
	if n := stats.ByViolation["call_after_stop"]; n != 0 {
		t.Errorf("%d calls were created after an answered STOP", n)
	}
}
