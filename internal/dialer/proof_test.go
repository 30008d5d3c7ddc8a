package dialer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/consent"
)

// proofOf is the proof of the only recipient of a campaign.
func (w *world) proofOf(e employer, id uuid.UUID) campaign.Proof {
	w.t.Helper()
	recipient := query[uuid.UUID](w, `SELECT id FROM recipients WHERE campaign_id = $1`, id)
	p, err := w.campaigns.ProofOf(w.t.Context(), e.id, id, recipient)
	w.must(err)
	return p
}

// Every call to a person is told with the yes it relied on, when that and the
// hours were looked at, the carrier's id, and what came of it: also the first of
// two, which the roster forgets.
func TestWhyAPhoneRangIsToldOfEveryCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, number, id := w.one()
	yes := query[int64](w, `SELECT event_id FROM consents WHERE phone_key = $1`, testKey(number))
	first := w.dialOne()
	w.status(first, 1, "ringing")
	w.status(first, 2, "no-answer")
	w.clock.Advance(31 * time.Minute)
	second := w.dialOne()
	w.answer(second)
	w.press(second, atChoices, "1")
	w.status(second, 3, "completed")
	back := w.callBack(e, number)
	back.begins()
	back.hangsUp()

	p := w.proofOf(e, id)
	if p.Recipient.Position != 1 || p.Campaign.ManifestTotal != 1 || len(p.Campaign.ManifestHash) != 32 || p.LaunchedBy != "Ada Byron" {
		t.Errorf("position %d of %d in manifest %x, launched by %q", p.Recipient.Position, p.Campaign.ManifestTotal, p.Campaign.ManifestHash, p.LaunchedBy)
	}
	if p.Country != "CA" || !slices.Equal(p.Zones, []string{"America/Toronto"}) {
		t.Errorf("hours of %s in %v", p.Country, p.Zones)
	}
	if len(p.Attempts) != 2 || len(p.CallBacks) != 1 || p.CallBacks[0].CallSID != back.sid {
		t.Fatalf("%d calls and %+v back", len(p.Attempts), p.CallBacks)
	}
	for i, want := range []struct {
		id     uuid.UUID
		at     time.Time
		state  string
		heard  string
		answer int
	}{{first, monday(), "no_answer", "", 0}, {second, monday().Add(31 * time.Minute), "completed", "message", 1}} {
		a := p.Attempts[i]
		if a.ID != want.id || a.State != want.state || a.Heard != want.heard || a.CallSID == nil || *a.CallSID != w.carrier.sidOf(want.id) || a.Sender != e.number {
			t.Errorf("call %d is %+v", i+1, a)
		}
		if (a.Answer == nil) != (want.answer == 0) || a.Answer != nil && *a.Answer != want.answer {
			t.Errorf("call %d was answered %v", i+1, a.Answer)
		}
		if !a.CheckedAt.Equal(want.at) || a.ConsentEvent != yes || a.Consent == nil || a.Consent.ID != yes || a.Consent.Kind != string(consent.OptedIn) {
			t.Errorf("call %d relied on %d at %s: %+v; want %d at %s", i+1, a.ConsentEvent, a.CheckedAt, a.Consent, yes, want.at)
		}
		// Monday 09:00 to 21:30 in Toronto, a minute inside.
		from, until := time.Date(2026, 11, 23, 14, 1, 0, 0, time.UTC), time.Date(2026, 11, 24, 2, 29, 0, 0, time.UTC)
		if a.Hours == nil || !a.Hours.From.Equal(from) || !a.Hours.Until.Equal(until) {
			t.Errorf("call %d was made in the hours %+v", i+1, a.Hours)
		}
	}
	if p.Consent.State != consent.StateOptedIn || p.Consent.Standing == nil || p.Consent.Standing.ID != yes {
		t.Errorf("the ledger amounts to %s by %+v", p.Consent.State, p.Consent.Standing)
	}
}

// A yes that was taken back since is still the one that the call relied on; what
// stands now is told beside it.
func TestWhyAPhoneRangOutlivesTheConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, number, id := w.one()
	a := w.dialOne()
	w.answer(a)
	w.status(a, 3, "completed")
	w.event(e, number, consent.OptedOut)
	p := w.proofOf(e, id)
	if p.Attempts[0].Consent == nil || p.Attempts[0].Consent.Kind != string(consent.OptedIn) {
		t.Errorf("the call relied on %+v", p.Attempts[0].Consent)
	}
	if p.Consent.State != consent.StateOptedOut || p.Consent.Standing == nil || p.Consent.Standing.Kind != string(consent.OptedOut) {
		t.Errorf("the ledger amounts to %s by %+v", p.Consent.State, p.Consent.Standing)
	}
}

// Whom nobody called is told so, with what the ledger says instead.
func TestWhyAPhoneDidNotRing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.person(e, "+14165550101")
	silent := w.listed(e, "+14165550102")
	id := w.launch(e)
	recipient := query[uuid.UUID](w, `SELECT id FROM recipients WHERE employee_id = $1`, silent)
	p, err := w.campaigns.ProofOf(t.Context(), e.id, id, recipient)
	w.must(err)
	if p.Recipient.State != campaign.NotCalled || p.Recipient.Reason != campaign.ReasonNotInvited || len(p.Attempts) != 0 || p.Consent.State != consent.StateNone || p.Consent.Standing != nil {
		t.Errorf("%s for %q, %d calls, consent %+v", p.Recipient.State, p.Recipient.Reason, len(p.Attempts), p.Consent)
	}
}

// An hour in which nobody may be called proves nothing: where a person's place
// was changed after the call, no hours are told instead of wrong ones.
func TestHoursOfAnotherPlaceAreNotClaimed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, _, id := w.one()
	w.dialOne()
	w.exec(`UPDATE recipients SET call_zone = 'CA|America/Vancouver|'`) // where it is seven
	p := w.proofOf(e, id)
	if p.Attempts[0].Hours != nil || !slices.Equal(p.Zones, []string{"America/Vancouver"}) {
		t.Errorf("hours %+v in %v", p.Attempts[0].Hours, p.Zones)
	}
}

// A person's list of calls is of that person and this employer alone.
func TestCallsToAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, number, id := w.one()
	other := w.employer("Other")
	w.person(other, number)
	a := w.dialOne()
	w.answer(a)
	w.press(a, atChoices, "2")
	w.status(a, 3, "completed")
	w.launch(other)
	w.dialOne()
	employee := query[uuid.UUID](w, `SELECT id FROM employees WHERE account_id = $1`, e.id)
	calls, err := w.campaigns.CallsTo(t.Context(), e.id, employee)
	w.must(err)
	if len(calls) != 1 || calls[0].ID != a || calls[0].CampaignID != id || calls[0].Content.LabelOf(calls[0].Answer) != "you have a question" {
		t.Errorf("calls %+v", calls)
	}
	if _, err := w.campaigns.CallsTo(t.Context(), other.id, employee); err == nil {
		t.Error("another employer reads them")
	}
}

func helpAt2(in *campaign.DraftInput) { in.Content.Choices[1].NeedsHelp = true }

// needy is a campaign of eight people, each of whom came to something else.
func (w *world) needy() (e employer, id uuid.UUID, numbers []string) {
	w.t.Helper()
	e = w.employer("Acme")
	numbers = w.people(e, 555, 8)
	id = w.launch(e, once, helpAt2)
	ends := map[string]func(a uuid.UUID){
		numbers[0]: func(a uuid.UUID) { w.answer(a); w.press(a, atChoices, "1"); w.status(a, 3, "completed") },
		numbers[1]: func(a uuid.UUID) { w.answer(a); w.status(a, 3, "completed") }, // no key
		numbers[2]: func(a uuid.UUID) { w.status(a, 3, "no-answer") },
		numbers[3]: func(a uuid.UUID) { w.answer(a); w.press(a, atChoices, "2") }, // asks for help, still on the line
		numbers[4]: func(a uuid.UUID) { w.status(a, 3, "busy") },
		numbers[5]: func(a uuid.UUID) { w.status(a, 3, "failed") },
		numbers[6]: func(a uuid.UUID) { w.answer(a); w.press(a, atChoices, "2"); w.status(a, 3, "completed") },
		numbers[7]: func(uuid.UUID) {}, // rings
	}
	for _, a := range w.dial() {
		number := query[string](w, `SELECT e.phone FROM attempts a JOIN recipients r ON r.id = a.recipient_id JOIN employees e ON e.id = r.employee_id WHERE a.id = $1`, a)
		ends[number](a)
	}
	return e, id, numbers
}

func (w *world) attention(e employer, id uuid.UUID, f campaign.RosterFilter) string {
	w.t.Helper()
	_, list, err := w.campaigns.Roster(w.t.Context(), e.id, id, f)
	w.must(err)
	var read []string
	for _, r := range list {
		read = append(read, fmt.Sprint(r.Rank, strings.TrimPrefix(r.Phone, "+1416555000")))
	}
	return strings.Join(read, " ")
}

// Who asked for help comes first, also while they talk; then whom no call has
// reached, then who said nothing. Nobody else is in the list, and its pages
// neither lose nor repeat anybody.
func TestAttentionPutsHelpFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, id, _ := w.needy()
	const all = "13 16 22 24 25 31"
	for group, want := range map[string]string{campaign.AttentionAll: all, campaign.NeedsHelp: "13 16", campaign.NotReached: "22 24 25", campaign.NoKey: "31"} {
		if got := w.attention(e, id, campaign.RosterFilter{Attention: group, Limit: 50}); got != want {
			t.Errorf("%s: %q, want %q", group, got, want)
		}
	}
	if got := w.attention(e, id, campaign.RosterFilter{Attention: campaign.AttentionAll, State: "busy", Limit: 50}); got != "24" {
		t.Errorf("the busy of them: %q", got)
	}
	var pages []string
	for after := (campaign.Place{}); ; {
		f := campaign.RosterFilter{Attention: campaign.AttentionAll, After: after, Limit: 2}
		_, list, err := w.campaigns.Roster(t.Context(), e.id, id, f)
		w.must(err)
		if len(list) == 0 {
			break
		}
		pages = append(pages, w.attention(e, id, f))
		last := list[len(list)-1]
		after = campaign.Place{Rank: last.Rank, Position: last.Position}
	}
	if got := strings.Join(pages, " "); got != all {
		t.Errorf("page by page %q, want %q", got, all)
	}
}

// A follow-up is a draft with the same words for exactly the people of the groups.
func TestFollowUpIsForThePeopleOfItsGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, id, numbers := w.needy()
	c, err := w.campaigns.FollowUp(t.Context(), e.caller(), id, []string{campaign.NotReached, campaign.NeedsHelp})
	w.must(err)
	if c.Status != campaign.Draft || c.Name != "Follow-up: Closing" || c.Content.Texts["en"] != content().Texts["en"] || !c.Content.Choices[1].NeedsHelp {
		t.Errorf("made %+v", c)
	}
	var phones []string
	for _, employee := range c.Audience.EmployeeIDs {
		phones = append(phones, query[string](w, `SELECT phone FROM employees WHERE id = $1`, employee))
	}
	slices.Sort(phones)
	if want := []string{numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]}; c.Audience.Kind != campaign.AudienceSelection || !slices.Equal(phones, want) {
		t.Errorf("for %s %v, want %v", c.Audience.Kind, phones, want)
	}
	row := query[string](w, `SELECT detail::text FROM audit_events WHERE action = 'campaign.created' AND subject_id = $1`, c.ID.String())
	if !strings.Contains(row, `"people": 5`) || !strings.Contains(row, id.String()) {
		t.Errorf("the log says %s", row)
	}
}

// Nobody to follow up, no group, and more than a selection holds are refused.
func TestFollowUpsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e, _, id := w.one()
	for _, c := range []struct {
		groups []string
		code   string
	}{{[]string{campaign.NotReached}, "nobody_to_follow_up"}, {nil, "invalid"}, {[]string{"everybody"}, "invalid"}} {
		_, err := w.campaigns.FollowUp(t.Context(), e.caller(), id, c.groups)
		if refusal, ok := apperr.As(err); !ok || (refusal.Code != c.code && len(refusal.Fields) == 0) {
			t.Errorf("%v: %v, want %s", c.groups, err, c.code)
		}
	}
	if n := query[int](w, `SELECT count(*) FROM campaigns`); n != 1 {
		t.Errorf("%d campaigns, want the one", n)
	}
}
