package consent

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/twilio"
)

// pair is two employers on one number, and one person on both lists.
type pair struct {
	*world
	farm, mill employer
}

func newPair(t *testing.T) pair {
	w := newWorld(t)
	sender := w.sender(ours)
	return pair{world: w, farm: w.employer("Farm", sender), mill: w.employer("Mill", sender)}
}

// says texts and sends what that brings, a minute later.
func (p pair) says(words ...string) {
	p.t.Helper()
	for _, word := range words {
		p.clock.Advance(time.Minute)
		p.text(p.farm.sender, zoe, word)
		p.send()
	}
}

func (p pair) asks(e employer, after time.Duration) {
	p.t.Helper()
	p.clock.Advance(after)
	p.invited(e, zoe, "en")
}

// calls leaves what a call to the person leaves.
func (p pair) calls(e employer, after time.Duration) {
	p.t.Helper()
	p.clock.Advance(after)
	p.exec(`INSERT INTO attempts (account_id, kind, user_id, phone_key, sender_id, consent_checked_at, place_by, created_at, state, rank)
		VALUES ($1, 'preview', $2, $3, $4, $5, $5, $5, 'completed', 30)`, e.id, e.user, testKey(zoe), e.sender, p.clock.Now())
}

// lost hands an invitation to a carrier that never tells what became of it.
func (p pair) lost(e employer, after time.Duration) {
	p.t.Helper()
	p.clock.Advance(after)
	id := p.person(e, zoe, "en")
	p.invite(e, id)
	p.carrier.fail = func(twilio.Message) error { return &twilio.Error{Class: twilio.Unknown} }
	p.send()
	p.carrier.fail = nil
	if n := query[int](p.world, `SELECT count(*) FROM messages WHERE account_id = $1 AND state = 'unknown'`, e.id); n != 1 {
		p.t.Fatalf("%d texts in doubt, want 1", n)
	}
}

func (p pair) want(farm, mill State) {
	p.t.Helper()
	p.wantState(p.farm, zoe, farm)
	p.wantState(p.mill, zoe, mill)
}

func (p pair) questions() int {
	return query[int](p.world, `SELECT count(*) FROM messages WHERE kind = 'choose'`)
}

func TestI1BareYesCountsOnlyWhereItIsCertainWhoseItIs(t *testing.T) {
	t.Parallel()
	const days = 72 * time.Hour
	for name, tt := range map[string]struct {
		do         func(pair)
		farm, mill State
		questions  int
	}{
		"a yes after the choice of another": {func(p pair) { p.asks(p.farm, 0); p.asks(p.mill, days); p.says("YES", "YES 2", "YES") }, StateInvited, StateOptedIn, 2},
		"the number after that question":    {func(p pair) { p.asks(p.farm, 0); p.asks(p.mill, days); p.says("YES", "YES 2", "YES", "YES 1") }, StateOptedIn, StateOptedIn, 2},
		"the choice twice":                  {func(p pair) { p.asks(p.farm, 0); p.asks(p.mill, days); p.says("YES", "YES 2", "YES 2") }, StateInvited, StateOptedIn, 1},
		"another employer called last": {func(p pair) {
			p.asks(p.mill, 0)
			p.says("YES")
			p.asks(p.farm, days)
			p.calls(p.mill, days)
			p.says("Yes")
		}, StateInvited, StateOptedIn, 1},
		"the one that called last asks": {func(p pair) {
			p.asks(p.mill, 0)
			p.says("YES")
			p.calls(p.mill, days)
			p.asks(p.farm, days)
			p.says("Yes")
		}, StateOptedIn, StateOptedIn, 0},
		"another employer texted last":      {func(p pair) { p.asks(p.mill, 0); p.asks(p.farm, days); p.says("YES", "YES 1", "help", "oui") }, StateInvited, StateOptedIn, 2},
		"the newest of one":                 {func(p pair) { p.person(p.mill, zoe, "en"); p.asks(p.farm, 0); p.says("YES") }, StateOptedIn, StateNone, 0},
		"one after the other":               {func(p pair) { p.asks(p.farm, 0); p.says("YES"); p.asks(p.mill, days); p.says("YES") }, StateOptedIn, StateOptedIn, 0},
		"a duplicate":                       {func(p pair) { p.person(p.mill, zoe, "en"); p.asks(p.farm, 0); p.says("YES", "YES", "yes!") }, StateOptedIn, StateNone, 0},
		"in doubt, and another's duplicate": {func(p pair) { p.asks(p.mill, 0); p.lost(p.farm, days); p.says("YES") }, StateNone, StateInvited, 1},
		"in doubt, and a second yes":        {func(p pair) { p.asks(p.mill, 0); p.says("YES"); p.lost(p.farm, days); p.says("YES") }, StateNone, StateOptedIn, 1},
		"in doubt, chosen by number":        {func(p pair) { p.asks(p.mill, 0); p.says("YES"); p.lost(p.farm, days); p.says("YES", "YES 1") }, StateNone, StateOptedIn, 2},
		"in doubt, then arrived":            {func(p pair) { p.asks(p.mill, 0); p.says("YES"); p.lost(p.farm, days); p.arrives(p.farm); p.says("YES") }, StateOptedIn, StateOptedIn, 0},
		"in doubt, nobody else known":       {func(p pair) { p.lost(p.farm, 0); p.says("YES") }, StateNone, StateNone, 0},
		"in doubt, and it arrives later":    {func(p pair) { p.lost(p.farm, 0); p.says("YES"); p.arrives(p.farm) }, StateOptedIn, StateNone, 0},
		"told enough":                       {func(p pair) { p.asks(p.farm, 0); p.asks(p.mill, days); p.says("YES", "YES", "YES", "YES", "YES") }, StateInvited, StateInvited, maxHelpPerHour},
		"a stop among them":                 {func(p pair) { p.asks(p.farm, 0); p.asks(p.mill, days); p.says("YES", "YES 2", "STOP", "YES", "YES 1") }, StateOptedOut, StateOptedOut, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			tt.do(p)
			p.want(tt.farm, tt.mill)
			if n := p.questions(); n != tt.questions {
				t.Errorf("%d questions, want %d", n, tt.questions)
			}
		})
	}
}

// arrives is the carrier's word that an invitation in doubt was taken.
func (p pair) arrives(e employer) {
	p.t.Helper()
	id := query[uuid.UUID](p.world, `SELECT id FROM messages WHERE account_id = $1 AND state = 'unknown'`, e.id)
	p.carrier.sent = append(p.carrier.sent, twilio.MessageState{SID: "SMfound", From: ours, To: zoe, Direction: "outbound-api", Status: "delivered",
		Created: query[time.Time](p.world, `SELECT sent_at FROM messages WHERE id = $1`, id)})
	if err := p.texter.MessageStatus(p.t.Context(), id, "SMfound", "delivered", 0); err != nil {
		p.t.Fatal(err)
	}
}

// Of one employer, too, the question gives the name and the number.
func TestQuestionAboutOneEmployerNamesIt(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.asks(p.farm, 0)
	p.asks(p.mill, time.Hour)
	p.says("YES", "YES 2", "YES")
	body := query[string](p.world, `SELECT body FROM messages WHERE kind = 'choose' ORDER BY created_at DESC LIMIT 1`)
	if !strings.Contains(body, "YES 1 = Farm") || strings.Contains(body, "Mill") || strings.Contains(body, "more than one") {
		t.Error(body)
	}
}

// Where not all names fit into the question, the numbers are those of the named.
func TestNumbersAreThoseOfTheEmployersNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender(ours)
	var all []employer
	for _, last := range []string{"Mill", "Mine", "Bank", "Town"} {
		w.clock.Advance(time.Minute)
		all = append(all, w.employer("Northern Timber "+last, sender))
		w.invited(all[len(all)-1], zoe, "en")
	}
	w.text(sender, zoe, "YES")
	w.send()
	body := query[string](w, `SELECT body FROM messages WHERE kind = 'choose'`)
	if !strings.Contains(body, "YES 1 = Northern Timber Min,") || !strings.Contains(body, "YES 3 = Northern Timber Tow") {
		t.Fatal(body)
	}
	w.text(sender, zoe, "YES 3")
	w.wantState(all[3], zoe, StateOptedIn)
	w.wantState(all[0], zoe, StateInvited)
}
