package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/employee"
	"github.com/callshu/callshu/internal/httpapi"
)

// upload sends a file to be checked.
func (b *browser) upload(csv string) (up httpapi.Import) {
	b.w.t.Helper()
	r := b.request(http.MethodPost, "/api/v1/employees/imports?name=people.csv", csv)
	r.Header.Set("Content-Type", "text/csv")
	a := b.send(r)
	if a.StatusCode != http.StatusCreated {
		b.w.t.Fatalf("upload: %d %.300s", a.StatusCode, a.body)
	}
	a.decode(b.w.t, &up)
	return up
}

func (d *desk) confirmed(id string, invite bool) (f httpapi.Import) {
	d.t.Helper()
	d.owner.expect(http.StatusAccepted, http.MethodPost, "/api/v1/employees/imports/"+id+"/confirm", object{"attestation": "They gave them when hired.", "invite": invite}).decode(d.t, &f)
	return f
}

// work runs the job of a confirmed file, as the queue does.
func (d *desk) work(id string) {
	d.t.Helper()
	if err := d.deps.Employees.RunImport(d.t.Context(), employee.TakeFile{Account: d.account, ID: uuid.MustParse(id)}, 1); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) takenFile(csv string) (id string) {
	d.t.Helper()
	id = d.owner.upload(csv).ID.String()
	d.confirmed(id, false)
	d.work(id)
	return id
}

func (d *desk) imported(id string) (f httpapi.Import) {
	d.t.Helper()
	d.owner.expect(http.StatusOK, http.MethodGet, "/api/v1/employees/imports/"+id, nil).decode(d.t, &f)
	return f
}

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
	got := d.imported(d.takenFile(file.String()))
	if got.Total != rows || got.New != rows || got.Rejected != 0 || got.Changed+got.Unchanged != 0 || got.InvitationsQueued != 0 || got.State != "done" || got.Gone != before {
		t.Errorf("%+v", got)
	}
	if n := d.count(`SELECT count(*) FROM employees WHERE account_id = $1`, d.account) - before; n != rows {
		t.Errorf("%d people are on the list, want %d", n, rows)
	}
	if n := d.count(`SELECT count(*) FROM messages WHERE account_id = $1 AND kind = 'invitation' AND sent_at IS NULL`, d.account); n != 0 {
		t.Errorf("%d invitations that nobody asked for", n)
	}
}
