package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/carriersim"
	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// colleague is somebody of an account with a phone of their own.
type colleague struct {
	*browser
	number string
}

// colleagues has an owner invite people, who accept, sign in and verify their phones.
func (p *product) colleagues(owner *browser, numbers []string) []colleague {
	p.t.Helper()
	var list []colleague
	for i, number := range numbers {
		email := fmt.Sprintf("member%d@northwind.example", i)
		owner.post("users/invitations", object{"email": email, "name": "Ben Roy", "role": "member", "language": "en"})
		token := tokenInLink.FindStringSubmatch(p.mail(email, "#token=").Text)[1]
		member := p.browser()
		member.post("auth/invitation/accept", object{"token": token, "name": "Ben Roy", "password": password, "language": "en"})
		member.post("auth/login", object{"email": email, "password": password})
		member.post("me/phone", object{"phone": number})
		member.post("me/phone/verify", object{"code": sixDigits.FindString(p.sim.Phone(number).ExpectSMS().Body)})
		list = append(list, colleague{member, number})
	}
	return list
}

// behindProxy is a site whose people come from addresses of their own: one alone
// has ten attempts to sign in.
func behindProxy() site {
	return site{number: carriersim.NumberConfig{Number: sender}, env: map[string]string{"TRUSTED_PROXIES": "127.0.0.1/32"}, app: app.Options{SweepEvery: time.Hour}}
}

// dialled is how many calls were asked for at the carrier, and for which phones.
func (p *product) dialled() (numbers []string) {
	for _, r := range p.sim.Requests() {
		if r.Method == http.MethodPost && r.Form["To"] != nil && r.Form["Url"] != nil {
			numbers = append(numbers, r.Form["To"][0])
		}
	}
	return numbers
}

// asked is what came of one request for a preview.
type asked struct {
	who    colleague
	status int
	code   string
	retry  int // seconds
}

// preview asks once, and keeps how long a refusal says to wait.
func (c colleague) preview(campaign string) asked {
	answer, text := c.send(http.MethodPost, "previews", object{"campaign_id": campaign, "language": "en"})
	var parsed object
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		c.p.t.Errorf("%q: %v", text, err)
	}
	retry, _ := strconv.Atoi(answer.Header.Get("Retry-After")) // 0 where it says nothing
	return asked{who: c, status: answer.StatusCode, code: parsed.text("code"), retry: retry}
}

// atOnce has everybody ask at the same moment.
func atOnce(all []colleague, campaign string) []asked {
	answers := make([]asked, len(all))
	var ready, done sync.WaitGroup
	ready.Add(len(all))
	for i, c := range all {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			answers[i] = c.preview(campaign)
		})
	}
	done.Wait()
	return answers
}

// count is how many were answered so.
func count(answers []asked, status int, code string) (n int) {
	for _, a := range answers {
		if a.status == status && a.code == code {
			n++
		}
	}
	return n
}

// declined has everybody whose phone rings decline, and waits until the calls are over.
func (p *product) declined(answers []asked) {
	p.t.Helper()
	for _, a := range answers {
		if a.status == http.StatusAccepted {
			p.sim.Phone(a.who.number).ExpectRing().Decline()
		}
	}
	p.eventually("the previews to be over", `SELECT NOT EXISTS (SELECT FROM attempts WHERE ended_at IS NULL)`)
}

// tooMany checks that the refused are told when to come again, within the window.
func tooMany(t *testing.T, answers []asked) {
	t.Helper()
	for _, a := range answers {
		if a.status == http.StatusTooManyRequests && (a.code != "too_many_requests" || a.retry < 1 || a.retry > 900) {
			t.Errorf("refused with %s, to come again in %d s", a.code, a.retry)
		}
	}
}

// Twenty people of one account ask to hear a campaign at the same moment: five
// phones ring, as the carrier counts them, and fifteen people are told when to
// ask again. Nobody of another account waits for them, and 15 minutes later
// there are five more.
func TestC14PreviewsAreCountedAtTheCarrier(t *testing.T) {
	t.Parallel()
	p := startProductAt(t, behindProxy(), simtest.Patience(time.Hour), simtest.Deadline(time.Minute))
	owner := p.employer("zoe@northwind.example")
	other := p.employer("ann@southwind.example", "Southwind")
	all := p.colleagues(owner, crowd(20))
	campaign := owner.post("campaigns", draft("Plant closed")).text("id")

	first := atOnce(all, campaign)
	if passed, refused := count(first, http.StatusAccepted, ""), count(first, http.StatusTooManyRequests, "too_many_requests"); passed != 5 || refused != 15 {
		t.Errorf("%d of 20 passed and %d were refused, want 5 and 15: %+v", passed, refused, first)
	}
	tooMany(t, first)
	p.declined(first)
	if n := len(p.dialled()); n != 5 {
		t.Errorf("%d calls at the carrier, want 5", n)
	}

	p.pass(15*time.Minute - 10*time.Second - p.clock.Now().Sub(p.firstPreview()))
	if again := atOnce(all, campaign); count(again, http.StatusTooManyRequests, "too_many_requests") != 20 {
		t.Errorf("seconds before the 15 minutes were over: %+v", again)
	}
	theirs := colleague{other, ownerPhone}.preview(other.post("campaigns", draft("Ours")).text("id"))
	if theirs.status != http.StatusAccepted {
		t.Errorf("another account was refused: %+v", theirs)
	}
	p.declined([]asked{theirs})

	p.pass(time.Minute)
	last := atOnce(all, campaign)
	if passed := count(last, http.StatusAccepted, ""); passed != 5 {
		t.Errorf("%d of 20 passed after 15 minutes, want 5: %+v", passed, last)
	}
	p.declined(last)
	if n := len(p.dialled()); n != 11 {
		t.Errorf("%d calls at the carrier, want 5, one of another account, and 5", n)
	}
}

// firstPreview is when the first of the five was counted.
func (p *product) firstPreview() (at time.Time) {
	p.t.Helper()
	if err := p.admin().QueryRow(p.t.Context(), `SELECT min(at) FROM rate_hits WHERE bucket = 'preview'`).Scan(&at); err != nil {
		p.t.Fatal(err)
	}
	return at
}

// Who is refused for another reason has rung nobody and used up nothing: while
// one phone rings its owner asks eight times more, and the other four previews
// of the account are still there, at the carrier too.
func TestC14RefusedPreviewsUseUpNothing(t *testing.T) {
	t.Parallel()
	p := startProductAt(t, behindProxy(), simtest.Patience(time.Hour), simtest.Deadline(time.Minute))
	owner := p.employer("zoe@northwind.example")
	all := p.colleagues(owner, crowd(6))
	campaign := owner.post("campaigns", draft("Plant closed")).text("id")

	answers := []asked{all[0].preview(campaign)}
	if answers[0].status != http.StatusAccepted {
		t.Fatalf("%+v", answers[0])
	}
	if again := atOnce(slices.Repeat(all[:1], 8), campaign); count(again, http.StatusConflict, "phone_in_call") != 8 {
		t.Errorf("while the phone rings: %+v", again)
	}
	unknown := all[1].preview("00000000-0000-4000-8000-000000000000")
	if unknown.status != http.StatusNotFound {
		t.Errorf("of no campaign: %+v", unknown)
	}
	for _, c := range all[1:] {
		answers = append(answers, c.preview(campaign))
	}
	if count(answers[:5], http.StatusAccepted, "") != 5 || answers[5].status != http.StatusTooManyRequests {
		t.Errorf("five people and a sixth: %+v", answers)
	}
	tooMany(t, answers)
	p.declined(answers)
	if n := len(p.dialled()); n != 5 {
		t.Errorf("%d calls at the carrier, want 5", n)
	}
}
