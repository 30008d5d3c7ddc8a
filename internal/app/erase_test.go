package app_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/app"
)

// The person of these tests, whose name and words stand nowhere else.
const (
	forgotten      = "Ophelia Quartzwood"
	forgottenPhone = "+14165550131"
	forgottenWords = "my mother calls me at the lake"
)

// tablesHolding lists the tables of which a row holds a text, in any column,
// letters of either case, or as bytes, which print as hexadecimal digits; of the
// person's rights nothing weaker is a proof.
func (p *product) tablesHolding(text string) []string {
	p.t.Helper()
	admin := p.admin()
	rows, err := admin.Query(p.t.Context(), `SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1`)
	if err != nil {
		p.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		p.t.Fatal(err)
	}
	var holding []string
	for _, table := range tables {
		var n int
		if err := admin.QueryRow(p.t.Context(), fmt.Sprintf(`SELECT count(*) FROM %s x WHERE position(lower($1) in lower(x::text)) > 0
			OR position(encode(convert_to($1, 'UTF8'), 'hex') in x::text) > 0`, pgx.Identifier{table}.Sanitize()), text).Scan(&n); err != nil {
			p.t.Fatal(err)
		}
		if n > 0 {
			holding = append(holding, fmt.Sprintf("%s (%d)", table, n))
		}
	}
	return holding
}

// C57: the person gets everything, and is then forgotten: no table holds the
// name, the number or a word of theirs; the log still verifies; the STOP stands.
func TestC57ExportAndErase(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	p.staff(owner, csvOf(forgotten+","+forgottenPhone+",en,lakeside", "Sam Hill,+14165550114,en,"), forgottenPhone, "+14165550114")
	phone := p.sim.Phone(forgottenPhone)
	id := p.launch(owner, "Plant closed")
	phone.ExpectCall().Hears("Ophelia").Press("1").Ended("completed")
	p.sim.Phone("+14165550114").ExpectCall().Press("1").Ended("completed")
	p.finished(owner, id)
	phone.Text(forgottenWords)
	phone.ExpectSMS()
	phone.Text("CALLS")
	phone.ExpectSMS("/p/")
	phone.Text("stop it, " + forgottenWords)
	phone.ExpectSMS("no more calls")
	p.eventually("the STOP", `SELECT count(*) = 1 FROM consents WHERE state = 'opted_out'`)
	person := owner.get("employees?search=ophelia").list("items")[0].text("id")

	checkExport(owner, person)
	for _, what := range []string{forgotten, forgottenPhone, forgottenWords} {
		if len(p.tablesHolding(what)) == 0 {
			t.Fatalf("no table holds %q before the erasure: this test could not fail", what)
		}
	}
	if tables := p.tablesHolding(forgotten); !slices.Contains(tables, "import_files (1)") {
		t.Errorf("the imported file is not among %v: what is kept as bytes is not seen", tables)
	}
	owner.refused(http.MethodPost, "employees/"+person+"/erase", object{"reason": "person_asked", "confirm": "Ophelia"}, http.StatusUnprocessableEntity, "invalid")
	owner.refused(http.MethodPost, "employees/"+person+"/erase", object{"reason": "she is in the way", "confirm": forgotten}, http.StatusUnprocessableEntity, "invalid")
	p.eventually("everything to be sealed", `SELECT NOT EXISTS (SELECT FROM seal_queue)`)
	done := owner.post("employees/"+person+"/erase", object{"reason": "person_asked", "confirm": forgotten})
	if done.number("texts") < 4 || done.number("replies") < 2 || done.number("events") < 3 {
		t.Errorf("erased: %v", done)
	}
	for _, what := range []string{forgotten, "ophelia", "quartzwood", forgottenPhone, forgottenPhone[1:], forgottenWords, "the lake", "lakeside"} {
		if tables := p.tablesHolding(what); len(tables) > 0 {
			t.Errorf("after the erasure %q stands in %v", what, tables)
		}
	}
	owner.refused(http.MethodGet, "employees/"+person+"/export", nil, http.StatusNotFound, "employee_not_found")
	owner.refused(http.MethodPost, "employees/"+person+"/erase", object{"reason": "person_asked", "confirm": ""}, http.StatusNotFound, "employee_not_found")
	if r := p.recipient(owner, id, "Erased person"); r.text("state") != "answered" || r.number("answer") != 1 {
		t.Errorf("the campaign's result lost more than the name: %v", r)
	}
	p.checkErasureIsProved(person)

	// The number comes back on a list: it is still refused, and START still asks anew.
	p.staff(owner, csvOf("Somebody New,"+forgottenPhone+",en,"))
	next := owner.post("campaigns", draft("Plant open")).text("id")
	if plan := owner.get("campaigns/" + next + "/plan"); plan.number("callable") != 1 || plan.number("total") != 2 {
		t.Errorf("the plan calls %d of %d", plan.number("callable"), plan.number("total"))
	}
	p.sim.Advance(2 * time.Minute) // the same words twice within one would look like a mistake
	phone.Text("START")
	phone.ExpectAutoReply("re-subscribed")
	phone.ExpectSMS("YES").Reply("YES")
	phone.ExpectSMS("you're in")
	phone.Text("STOP")
	phone.ExpectAutoReply("unsubscribed")
	p.eventually("the second STOP", `SELECT count(*) = 1 FROM consents WHERE state = 'opted_out'`)
}

// checkExport: nothing of what is held is missing from either file.
func checkExport(owner *browser, person string) {
	t := owner.p.t
	t.Helper()
	data := owner.get("employees/" + person + "/export")
	if data.text("profile.name") != forgotten || data.text("profile.phone") != forgottenPhone || data.text("consent.state") != "opted_out" ||
		len(data.list("calls")) != 1 || data.list("calls")[0].text("answer_text") != "you have understood" || len(data.list("replies")) < 2 || len(data.list("consent.messages")) < 4 {
		t.Errorf("export: %v", data)
	}
	_, _, file := owner.try(http.MethodGet, "employees/"+person+"/export?format=csv", nil)
	for _, want := range []string{forgotten, forgottenPhone, "opted_in", forgottenWords, "Plant closed", "1 you have understood"} {
		if !strings.Contains(file, want) {
			t.Errorf("the CSV lacks %q:\n%s", want, file)
		}
	}
	if strings.Contains(file, "/p/") && !strings.Contains(file, "/p/…") {
		t.Error("the employer's file holds the key of the person's own page")
	}
	rows := owner.get("audit?action=employee.exported").list("items")
	if len(rows) != 2 || rows[0].text("detail.format") != "csv" {
		t.Errorf("audit rows of the exports: %v", rows)
	}
}

// checkErasureIsProved: the log verifies, counts what was erased, names the
// ground of what stays, and a row that is changed after its erasure is found.
func (p *product) checkErasureIsProved(person string) {
	p.t.Helper()
	p.eventually("everything to be sealed", `SELECT NOT EXISTS (SELECT FROM seal_queue)`)
	var out bytes.Buffer
	if err := app.VerifyAudit(p.t.Context(), p.getenv, &out); err != nil {
		p.t.Fatalf("verify: %v\n%s", err, out.String())
	}
	admin := p.admin()
	var detail string
	if err := admin.QueryRow(p.t.Context(), `SELECT detail::text FROM audit_events WHERE action = 'employee.erased' AND subject_id = $1`, person).Scan(&detail); err != nil ||
		!strings.Contains(detail, `"kept_for": "proof_of_consent_and_refusal"`) || !strings.Contains(detail, "person_asked") {
		p.t.Errorf("the audit row says %s, %v", detail, err)
	}
	rows, err := admin.Query(p.t.Context(), `SELECT DISTINCT kind FROM consent_events WHERE nonce IS NULL`)
	kinds, err2 := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || err2 != nil || !slices.Contains(kinds, "attested") || !slices.Contains(kinds, "opted_in") || !slices.Contains(kinds, "opted_out") {
		p.t.Errorf("erased events are of kinds %v, %v %v", kinds, err, err2)
	}
}
