package app_test

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/carriersim/simtest"
)

// at is the consent of a phone with one employer.
func (a person) at(employer string) string {
	a.t.Helper()
	var state string
	err := a.admin().QueryRow(a.t.Context(), `SELECT coalesce(k.state, 'none') FROM employees e JOIN accounts c ON c.id = e.account_id
		LEFT JOIN consents k ON k.account_id = e.account_id AND k.phone_key = e.phone_key WHERE e.phone = $1 AND c.spoken_name = $2`, a.Number, employer).Scan(&state)
	if err != nil {
		a.t.Fatal(err)
	}
	return state
}

// choosing puts the number of an employer into a text, as the last question gave it.
func (a person) choosing(text string) string {
	yes, name, chosen := strings.Cut(strings.TrimSuffix(text, "}"), "{")
	if !chosen {
		return text
	}
	var number string
	for _, t := range a.Thread() {
		if found := regexp.MustCompile(`(\d) = ` + name).FindStringSubmatch(t.Body); found != nil {
			number = found[1]
		}
	}
	return yes + number
}

// Two employers ask one phone for consent from one number. Each row is a phone
// and what its person texts; then comes what came back, and the consent with
// Northwind, who asked first, and with Southwind.
func TestI1TwoEmployersOnOneSender(t *testing.T) {
	t.Parallel()
	p := startProduct(t, simtest.Patience(time.Hour))
	north, south := p.employer("zoe@northwind.example"), p.employer("kim@southwind.example", "Southwind")
	type turn struct{ text, back, north, south string }
	cases := []struct {
		name  string
		turns []turn
	}{
		{"YES alone, then for one of them", []turn{{"YES", "question", "invited", "invited"}, {"YES 1", "confirmation", "opted_in", "invited"}}},
		{"YES alone, then for the other", []turn{{"yes!", "question", "invited", "invited"}, {"Yes 2", "confirmation", "invited", "opted_in"}}},
		{"YES for both, one after the other", []turn{{"YES", "question", "invited", "invited"}, {"YES 2", "confirmation", "invited", "opted_in"},
			{"YES 1", "confirmation", "opted_in", "opted_in"}, {"YES 1", "", "opted_in", "opted_in"}}},
		{"YES a second time never counts for the other one", []turn{{"YES", "question", "invited", "invited"}, {"YES 1", "confirmation", "opted_in", "invited"},
			{"YES 1", "", "opted_in", "invited"}, {"YES", "unsure", "opted_in", "invited"}, {"YES 1", "confirmation", "opted_in", "opted_in"}}},
		{"a number that was never offered", []turn{{"YES 2", "help", "invited", "invited"}, {"YES", "question", "invited", "invited"}, {"YES 3", "", "invited", "invited"}}},
		{"STOP is for both, and START asks for both anew", []turn{{"YES", "question", "invited", "invited"}, {"YES 1", "confirmation", "opted_in", "invited"},
			{"STOP", "stopped*", "opted_out", "opted_out"}, {"YES 1", "", "opted_out", "opted_out"}, {"YES 2", "", "opted_out", "opted_out"},
			{"START", "started* invitation invitation", "invited", "invited"}, {"Yes", "question", "invited", "invited"},
			{"YES {Southwind}", "confirmation", "invited", "opted_in"}}},
		{"a STOP to one is a STOP to both", []turn{{"YES", "question", "invited", "invited"}, {"YES 2", "confirmation", "invited", "opted_in"}, {"YES 1", "confirmation", "opted_in", "opted_in"},
			{"STOP", "stopped*", "opted_out", "opted_out"}}},
		// The number means what the last question said, also after a STOP and a START.
		{"STOP and START between the question and the number", []turn{{"YES", "question", "invited", "invited"}, {"STOP", "stopped*", "opted_out", "opted_out"},
			{"START", "started* invitation invitation", "invited", "invited"}, {"YES {Southwind}", "confirmation", "invited", "opted_in"}}},
		{"STOP to the question", []turn{{"YES", "question", "invited", "invited"}, {"Stop please", "stopped", "opted_out", "opted_out"}}},
		{"the words of French", []turn{{"Oui", "question", "invited", "invited"}, {"OUI 2", "confirmation", "invited", "opted_in"}}},
	}
	rows := make([]string, len(cases))
	for i := range cases {
		rows[i] = fmt.Sprintf("Person %d,+14165550%d,en,", i, 110+i)
		p.person(fmt.Sprintf("+14165550%d", 110+i))
	}
	p.staff(north, csvOf(rows...))
	p.pass(10 * time.Second)
	p.staff(south, csvOf(rows...))
	p.pass(10 * time.Second)
	p.sim.Allow("text_after_stop") // counted below
	want := map[string]int{}
	for i, c := range cases {
		a := p.person(fmt.Sprintf("+14165550%d", 110+i))
		t.Run(c.name, func(t *testing.T) {
			if got := a.got(); got != "invitation invitation" {
				t.Fatalf("the phone got %q", got)
			}
			for _, turn := range c.turns {
				before := a.got()
				a.Text(a.choosing(turn.text))
				p.pass(20 * time.Second)
				back := strings.TrimSpace(strings.TrimPrefix(a.got(), before))
				if back != turn.back || a.at("Northwind") != turn.north || a.at("Southwind") != turn.south {
					t.Errorf("%q brought %q and consent %s, %s; want %q and %s, %s", turn.text, back, a.at("Northwind"), a.at("Southwind"), turn.back, turn.north, turn.south)
				}
			}
		})
		for _, employer := range []string{"Northwind", "Southwind"} {
			if a.at(employer) == "opted_in" {
				want[employer]++
			}
		}
	}
	for employer, owner := range map[string]*browser{"Northwind": north, "Southwind": south} {
		id := owner.post("campaigns", draft("Plant closed")).text("id")
		if n := owner.get("campaigns/" + id + "/plan").number("callable"); n != want[employer] || n == 0 {
			t.Errorf("%s may call %d people, want %d", employer, n, want[employer])
		}
	} // START asks for one invitation of each employer: the simulator counts the
	// second one, and nothing else, as a text after a STOP that no YES has followed.
	p.wantTextsAfterStop(map[string]int{"+14165550117": 1})
}

// wantTextsAfterStop holds what the simulator counted against what is meant, by phone.
func (p *product) wantTextsAfterStop(want map[string]int) {
	p.t.Helper()
	got := map[string]int{}
	for _, v := range p.sim.Violations() {
		if v.Kind == "text_after_stop" {
			got[v.Phone]++
		}
	}
	if !maps.Equal(got, want) {
		p.t.Errorf("texts after STOP: %v, want %v", got, want)
	}
}
