package app_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/app"
)

// I10: somebody whom no employer knows texts STOP, and calls and presses 9: the
// platform's log proves both, the operators read the texts, and no employer
// learns of it.
func TestI10StrangersAreHeard(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	owner := p.employer("zoe@northwind.example")
	texter, caller := p.sim.Phone("+14165550177"), p.sim.Phone("+14165550178")
	texter.TextTo(sender, "Who are you?")
	p.sim.Advance(time.Second)
	texter.TextTo(sender, "Stop please")
	caller.Call(sender).Hears("no call for you here", "press 9").Press("9").Hears("no employer will call or text you").Ended("completed")
	operator := p.asOperator()
	texts := operator.get("operator/stray-texts").list("items")
	var read []string
	for _, text := range texts {
		read = append(read, text.text("phone_masked")+" "+text.text("body")+" "+text.text("outcome"))
	}
	if got := strings.Join(read, ", "); got != "+1•••••0177 Stop please opted_out, +1•••••0177 Who are you? review" {
		t.Errorf("the operator reads %q", got)
	}
	var wishes []string
	for _, row := range operator.get("operator/audit?action=consent.revoked").list("items") {
		wishes = append(wishes, row.text("detail.channel")+" "+row.text("detail.scope"))
		if row.text("subject_kind") != "phone" || row.find("account_id") != nil || strings.Contains(row.text("subject_id"), "555") {
			t.Errorf("the row is %v", row)
		}
	}
	if got := strings.Join(wishes, ", "); got != "voice platform, sms sender" {
		t.Errorf("the platform's log has %q", got)
	}
	if rows := owner.get("audit?action=consent.revoked").list("items"); len(rows) != 0 {
		t.Errorf("an employer reads of a stranger: %v", rows)
	}
	if items := owner.get("inbox").list("items"); len(items) != 0 {
		t.Errorf("an employer reads texts of a stranger: %v", items)
	}
	// Whoever lists them later cannot reach them.
	p.staff(owner, csvOf("Texter,+14165550177,en,", "Caller,+14165550178,en,"))
	p.eventually("the invitations to be dropped", `SELECT count(*) = 2 FROM messages WHERE kind = 'invitation' AND state = 'skipped' AND reason = 'opted_out'`)
	p.eventually("everything to be sealed", `SELECT NOT EXISTS (SELECT FROM seal_queue)`)
	var out bytes.Buffer
	if err := app.VerifyAudit(t.Context(), p.getenv, &out); err != nil {
		t.Errorf("verify: %v\n%s", err, out.String())
	}
}
