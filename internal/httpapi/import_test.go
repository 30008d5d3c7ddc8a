package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/httpapi"
)

// The size that is promised passes the limits of a request, too: such a file
// is larger than what other requests may be.
func TestImportOfFiveThousandRows(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	before := d.count(`SELECT count(*) FROM employees WHERE account_id = $1`, d.account)
	const rows = 5000
	var file strings.Builder
	file.WriteString("name,phone,language,time_zone,tags\n")
	for i := range rows {
		fmt.Fprintf(&file, "Person %d,+1416%03d%04d,en,America/Toronto,night\n", i, 200+i/1000, 1000+i%1000)
	}
	if file.Len() <= 64<<10 {
		t.Fatalf("a file of %d bytes shows nothing", file.Len())
	}
	r := d.owner.request(http.MethodPost, "/api/v1/employees/import?invite=false&attestation=They+gave+their+numbers+when+they+were+hired.", file.String())
	r.Header.Set("Content-Type", "text/csv")
	a := d.owner.send(r)
	if a.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %.300s", a.StatusCode, a.body)
	}
	var got httpapi.ImportResult
	a.decode(t, &got)
	if got.Total != rows || got.New != rows || got.Rejected != 0 || got.Changed+got.Unchanged != 0 || got.InvitationsQueued != 0 || got.ImportID == nil || got.DryRun {
		t.Errorf("%d rows, %d new, %d changed, %d unchanged, %d rejected %.300v, %d invited", got.Total, got.New, got.Changed, got.Unchanged, got.Rejected, got.Errors, got.InvitationsQueued)
	}
	if n := d.count(`SELECT count(*) FROM employees WHERE account_id = $1`, d.account) - before; n != rows {
		t.Errorf("%d people are on the list, want %d", n, rows)
	}
	if n := d.count(`SELECT count(*) FROM messages WHERE account_id = $1 AND kind = 'invitation' AND sent_at IS NULL`, d.account); n != 0 {
		t.Errorf("%d invitations that nobody asked for", n)
	}
}
