package httpapi_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

func hours(start, end, zone string) url.Values {
	return url.Values{"start": {start}, "end": {end}, "zone": {zone}, "do": {"set"}}
}

func until(at, zone string) url.Values {
	return url.Values{"until": {at}, "zone": {zone}, "do": {"set"}}
}

var cleared = url.Values{"do": {"clear"}}

// set is what the gate keeps of a person's wishes.
func (p *person) set() string {
	p.t.Helper()
	var set string
	err := p.admin.QueryRow(p.t.Context(), `SELECT concat_ws(' ', quiet_start, quiet_end, quiet_zone, to_char(paused_until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')) FROM phone_gates`).Scan(&set)
	if err != nil {
		p.t.Fatal(err)
	}
	return set
}

func (p *person) wantSet(want string) {
	p.t.Helper()
	if got := p.set(); got != want {
		p.t.Fatalf("set %q, want %q", got, want)
	}
}

func (p *person) page(query string) string {
	p.t.Helper()
	a := p.anybody().get("/p/" + p.key + query)
	if a.StatusCode != http.StatusOK {
		p.t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	armoured(p.t, "/p/{key}", a)
	return string(a.body)
}

func TestPersonSetsAndClearsQuietHours(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	quiet, pause := "/p/"+p.key+"/quiet", "/p/"+p.key+"/pause"
	if body := p.page(""); !strings.Contains(body, "None at present.") || !strings.Contains(body, `<option value="America/Toronto" selected>Toronto · 09:02</option>`) {
		t.Errorf("the form does not offer the zone of the number: %s", body)
	}
	for _, step := range []struct {
		path          string
		fields        url.Values
		done, set     string
		shown, hidden string
	}{
		{quiet, hours("21:00", "07:30", "America/Winnipeg"), "quiet", "1260 450 America/Winnipeg", "<strong>21:00 – 07:30</strong> (Winnipeg)", "Nobody calls you at this moment"},
		{pause, until("2026-11-24T18:00", "America/Winnipeg"), "pause", "1260 450 America/Winnipeg 2026-11-24 23:00", "No calls until <strong>Tue 24 Nov 2026, 18:00</strong>", "None at present."},
		{quiet, cleared, "quiet-off", "America/Winnipeg 2026-11-24 23:00", "Nobody calls you at this moment", "21:00 –"},
		{pause, cleared, "pause-off", "America/Winnipeg", "None at present.", "Nobody calls you at this moment"},
	} {
		w := p.form(step.path, publicURL, step.fields)
		if want := "/p/" + p.key + "?done=" + step.done; w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Fatalf("%v: %d %s, want %s", step.fields, w.Code, w.Header().Get("Location"), want)
		}
		p.wantSet(step.set)
		body := p.page("?done=" + step.done)
		if !strings.Contains(body, step.shown) || strings.Contains(body, step.hidden) || !strings.Contains(body, `role="status"`) {
			t.Errorf("%s: the page lacks %q or shows %q: %s", step.done, step.shown, step.hidden, body)
		}
	}
	if n := p.count(`SELECT count(*) FROM audit_events WHERE account_id = $1 AND action = 'quiet.changed' AND actor_kind = 'employee'`, p.account); n != 4 {
		t.Errorf("%d audit rows, want 4", n)
	}
	p.form(pause, publicURL, until("2026-11-23T12:00", "America/Winnipeg"))
	p.clock.Advance(4 * time.Hour)
	if body := p.page(""); strings.Contains(body, "Nobody calls you at this moment") || strings.Contains(body, "No calls until <strong>") {
		t.Error("a pause that is over is shown")
	}
}

// What is wrong is said beside its field, and what was typed stays.
func TestPersonIsToldWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	quiet, pause := "/p/"+p.key+"/quiet", "/p/"+p.key+"/pause"
	p.form(quiet, publicURL, hours("22:00", "06:00", "America/Toronto"))
	set := p.set()
	for _, tt := range []struct {
		path   string
		fields url.Values
		want   []string
	}{
		{quiet, hours("9h", "06:15", "America/Vancouver"), []string{"Write a time such as 21:30.", `value="9h" aria-invalid="true" aria-describedby="start-wrong"`, `value="06:15"`, `<option value="America/Vancouver" selected>`}},
		{quiet, hours("06:15", "06:15", "America/Vancouver"), []string{"must end at another time", `aria-describedby="end-wrong"`}},
		{quiet, hours("21:00", "", "Atlantis"), []string{"Enter a time.", "Choose a time zone from the list.", `aria-describedby="zone-wrong"`, `value="21:00"`}},
		{pause, until("2026-11-22T10:00", "America/Toronto"), []string{"This time has passed already.", `value="2026-11-22T10:00" aria-invalid="true" aria-describedby="until-wrong"`, `value="22:00"`}},
		{pause, until(`"><script>`, "America/Toronto"), []string{"Write a day and a time", `value="&#34;&gt;&lt;script&gt;"`}},
		{pause, until("2030-11-22T10:00", "America/Toronto"), []string{"400 days at most"}},
	} {
		w := p.form(tt.path, publicURL, tt.fields)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", tt.fields, w.Code)
		}
		for _, want := range append(tt.want, "Nothing was changed", `role="alert"`) {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%v: the page lacks %q", tt.fields, want)
			}
		}
		p.wantSet(set)
	}
	p.exec(`UPDATE person_links SET language = 'fr'`)
	for _, tt := range []struct {
		path   string
		fields url.Values
	}{{quiet, hours("", "x", "y")}, {quiet, hours("06:00", "06:00", "America/Toronto")}, {pause, until("", "y")}, {pause, until("x", "America/Toronto")},
		{pause, until("2026-11-22T10:00", "America/Toronto")}, {pause, until("2030-11-22T10:00", "America/Toronto")}} {
		wrong := regexp.MustCompile(`<p class="wrong"[^>]*>([^<]+)</p>`).FindAllStringSubmatch(p.form(tt.path, publicURL, tt.fields).Body.String(), -1)
		if len(wrong) == 0 {
			t.Errorf("%v: nothing is told to be wrong", tt.fields)
		}
		for _, sentence := range wrong {
			if regexp.MustCompile(`\b(the|time|Enter|Write|Choose|must|has|last)\b`).MatchString(sentence[1]) {
				t.Errorf("English on the French page: %s", sentence[1])
			}
		}
	}
}

// Only the link changes anything, only by a form of our own page, and nothing
// tells one unknown link from another.
func TestPersonsQuietIsTheLinksAlone(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	for _, what := range []string{"quiet", "pause"} {
		fields := hours("21:00", "07:00", "America/Toronto")
		fields.Set("until", "2026-11-24T18:00")
		ours, theirs := "/p/"+p.key+"/"+what, "/p/AAAAAAAAAAA/"+what
		for name, w := range map[string]*httptest.ResponseRecorder{
			"another site": p.form(ours, "https://evil.test", fields), "no site": p.form(ours, "null", fields),
			"unknown link": p.form(theirs, publicURL, fields), "unknown link, wrong fields": p.form(theirs, publicURL, url.Values{}), "unknown link, clear": p.form(theirs, publicURL, cleared),
			"too long": p.form(ours, publicURL, url.Values{"zone": {strings.Repeat("x", 5000)}}),
		} {
			if w.Code < 400 || w.Code >= 500 {
				t.Errorf("%s, %s: %d", what, name, w.Code)
			}
			if strings.HasPrefix(name, "unknown link") && w.Code != http.StatusNotFound {
				t.Errorf("%s, %s: %d", what, name, w.Code)
			}
		}
		if a := p.anybody().get(ours); a.StatusCode == http.StatusOK || a.StatusCode == http.StatusSeeOther {
			t.Errorf("GET %s: %d", what, a.StatusCode)
		}
		p.wantSet("")
	}
	if strings.Contains(p.log.String(), p.key) {
		t.Error("the link's key is in the log")
	}
}

// campaignCall is a call of a campaign with an answer, as the dialler leaves it.
func (p *person) campaignCall(at time.Time) {
	p.t.Helper()
	p.exec(`WITH u AS (INSERT INTO users (account_id, name, email, password_hash, created_at) VALUES ($1, 'Ada', gen_random_uuid()::text, 'x', $2) RETURNING id),
		c AS (INSERT INTO campaigns (account_id, name, content, audience, created_by, created_at, updated_at) SELECT $1, 'Closing',
			'{"purpose": {"en": "the closing <tomorrow>", "fr": "la fermeture"}, "language_default": "en", "choices": [{"key": 2, "label": {"en": "I have a question", "fr": "une question"}}]}',
			'{}', u.id, $2, $2 FROM u RETURNING id),
		r AS (INSERT INTO recipients (account_id, campaign_id, employee_id, position, phone_key, call_zone, state, answer, answered_at, due_at, open_from, open_until, updated_at, finished_at)
			SELECT $1, c.id, e.id, 1, e.phone_key, e.call_zone, 'answered', 2, $3, $2, $2, $2, $2, $2 FROM c, employees e RETURNING id, campaign_id, phone_key)
		INSERT INTO attempts (account_id, kind, campaign_id, recipient_id, phone_key, sender_id, consent_checked_at, place_by, created_at, state, rank, answer, duration_s)
		SELECT $1, 'campaign', r.campaign_id, r.id, r.phone_key, a.sender_id, $2, $2, $2, 'completed', 90, 2, 42 FROM r, accounts a`, p.account, at, at.Add(time.Minute))
}

func TestPersonSeesEveryCallAndText(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	p.campaignCall(p.clock.Now().Add(time.Minute))
	p.exec(`UPDATE messages SET state = 'delivered' WHERE kind = 'confirmation'`)
	body := p.page("")
	if strings.Count(body, "/p/…") != 1 || strings.Count(body, p.key) != strings.Count(body, `action="/p/`+p.key) {
		t.Error("a picture of the page would hand over its link")
	}
	for _, want := range []string{"Every call and text (4)", "Mon 23 Nov 2026, 09:03</time> · <strong>Mill &lt;b&gt;", "call · the closing &lt;tomorrow&gt;", ">completed</span> · 42 s",
		"you pressed 2 (“I have a question”), Mon 23 Nov 2026, 09:04", "text from you<blockquote>YES</blockquote>", "text: invitation",
		"you answered “YES” to this text:", "Version 2", "Your employer does not see other employers&#39; calls to you."} {
		if !strings.Contains(body, want) && !strings.Contains(body, strings.ReplaceAll(want, "&#39;", "'")) {
			t.Errorf("the page lacks %q", want)
		}
	}
	p.exec(`UPDATE person_links SET language = 'fr'`)
	body = p.page("")
	for _, want := range []string{"Chaque appel et chaque texto (4)", "lun. 23 nov. 2026, 09:03", "appel · la fermeture", ">terminé</span>", "vous avez fait le 2 (« une question »)", "texto de votre part"} {
		if !strings.Contains(body, want) {
			t.Errorf("the French page lacks %q", want)
		}
	}
	p.exec(`INSERT INTO inbound_messages (message_sid, phone_key, phone, sender_id, body, received_at)
		SELECT 'SM' || i, $1, $2, s.id, 'hello ' || i, $3 FROM senders s, generate_series(1, 60) i`, phoneKey(number), number, p.clock.Now().Add(time.Hour))
	if body = p.page(""); strings.Count(body, "<li>") != 50 || !strings.Contains(body, fmt.Sprintf(`href="/p/%s?show=all#past"`, p.key)) {
		t.Errorf("%d shown", strings.Count(body, "<li>"))
	}
	if body = p.page("?show=all"); strings.Count(body, "<li>") != 64 || strings.Contains(body, "show=all") {
		t.Errorf("%d of 64 shown", strings.Count(body, "<li>"))
	}
}

// Every field has a label, and every description of what is wrong its place.
func TestPersonsPageIsLabelled(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	pages := []string{p.page(""), p.form("/p/"+p.key+"/quiet", publicURL, url.Values{}).Body.String(), p.form("/p/"+p.key+"/pause", publicURL, url.Values{"zone": {"x"}}).Body.String()}
	for _, body := range pages {
		for _, field := range regexp.MustCompile(`<(?:input|select)[^>]*>`).FindAllString(body, -1) {
			id := regexp.MustCompile(` id="([^"]+)"`).FindStringSubmatch(field)
			if strings.Contains(field, `type="hidden"`) {
				continue
			}
			if id == nil || !strings.Contains(body, `<label for="`+id[1]+`">`) {
				t.Errorf("no label: %s", field)
			}
		}
		for _, described := range regexp.MustCompile(`aria-describedby="([^"]+)"`).FindAllStringSubmatch(body, -1) {
			if !strings.Contains(body, `id="`+described[1]+`"`) {
				t.Errorf("nothing describes %s", described[1])
			}
		}
		if bytes.Contains([]byte(body), []byte("<script")) || strings.Contains(body, "style=") {
			t.Error("scripts or styles in attributes")
		}
	}
}
