package consent

import (
	"strings"
	"testing"
	"time"
)

const stranger = "+14165550177"

// Texts of people whom no employer knows reach the operators, and nobody else.
func TestStrayTextsAreTheOperators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.invited(mill, zoe, "en")
	w.text(mill.sender, zoe, "what is this?")
	for _, body := range []string{"who are you", "STOP", "see " + "callshu.com/p/Ab3xK9_-zQ1"} {
		w.clock.Advance(time.Minute)
		w.text(mill.sender, stranger, body)
	}
	var got []string
	for cursor := ""; ; {
		list, next, err := w.service.StrayTexts(t.Context(), 2, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			got = append(got, s.Body+"|"+s.Outcome+"|"+s.PhoneMasked+"|"+s.Number)
		}
		if cursor = next; next == "" {
			break
		}
	}
	want := "see callshu.com/p/…|review|+1•••••0177|" + ours + "\nSTOP|opted_out|+1•••••0177|" + ours + "\nwho are you|review|+1•••••0177|" + ours
	if strings.Join(got, "\n") != want {
		t.Errorf("the operators read\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	if n := query[int](w, `SELECT count(*) FROM inbound_reads WHERE body <> 'what is this?'`); n != 0 {
		t.Errorf("an employer reads %d texts of a stranger", n)
	}
	if n := w.carrier.count(stranger); n != 0 {
		t.Errorf("a stranger got %d texts, which would name an employer", n)
	}
}

// Unknown texts are forgotten after 90 days, words and number; what was made of
// one stays, and so does what keeps it from coming again.
func TestUnknownTextsAreForgottenAfter90Days(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	w.optedIn(mill, zoe, "en")
	old := Inbound{MessageSID: "SMold", From: zoe, To: ours, Body: "my mother is ill"}
	w.receive(old)
	w.receive(Inbound{MessageSID: "SMstray", From: stranger, To: ours, Body: "who are you"})
	w.receive(Inbound{MessageSID: "SMstop", From: stranger, To: ours, Body: "STOP"})
	w.exec(`UPDATE inbound_messages SET received_at = $1`, w.clock.Now())
	w.exec(`UPDATE inbound_reads SET received_at = $1`, w.clock.Now())
	w.exec(`UPDATE stray_texts SET received_at = $1`, w.clock.Now())
	w.clock.Advance(24 * time.Hour)
	w.receive(Inbound{MessageSID: "SMyoung", From: zoe, To: ours, Body: "when do we start"})
	kept := func() string {
		return query[string](w, `SELECT coalesce(string_agg(source || ':' || body, ', ' ORDER BY source, body), '') FROM (
			SELECT 'employer' AS source, body FROM inbound_reads WHERE review UNION ALL SELECT 'operator', body FROM stray_texts
			UNION ALL SELECT 'text', body || ' ' || phone FROM inbound_messages WHERE word <> 'yes') k`)
	}
	before := kept()
	w.clock.Advance(89*24*time.Hour - time.Second) // the young one took a second to write
	for _, forgotten := range []bool{false, true} {
		if err := w.service.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := before
		if forgotten {
			want = "employer:when do we start, text: , text: , text:STOP " + stranger + ", text:when do we start " + zoe
		}
		if got := kept(); got != want {
			t.Errorf("forgotten %v: kept %q, want %q", forgotten, got, want)
		}
		w.clock.Advance(time.Second)
	}
	if out := w.receive(old); !out.Duplicate {
		t.Error("a forgotten text came again as a new one")
	}
	page, err := w.service.OpenPage(t.Context(), w.link(mill, zoe), 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range page.Past {
		if item.Kind == ItemInbound && item.Text == "" {
			t.Error("the person's page lists a text without words")
		}
	}
}

// link is the key of a link to the page of a phone, as the word CALLS brings it.
func (w *world) link(e employer, number string) string {
	w.t.Helper()
	before := len(w.carrier.texts(number))
	w.text(e.sender, number, "CALLS")
	w.send()
	texts := w.carrier.texts(number)
	if len(texts) != before+1 {
		w.t.Fatalf("CALLS brought %d texts", len(texts)-before)
	}
	return linkInText.FindString(texts[before])[len("/p/"):]
}
