package httpapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/httpapi"
)

// Operators find the reports, take files that no browser shows, have them
// mailed again and check what somebody hands them; the log says each of it.
func TestC42OperatorsReadReports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staff("olive@callshu.test") // the first events
	w.clock.Advance(8 * 24 * time.Hour)
	if err := w.deps.Reports.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.sealer.SealOnce(t.Context()); err != nil {
		t.Fatal(err)
	}
	operator := w.staff("oscar@callshu.test")
	var list httpapi.ReportList
	operator.expect(http.StatusOK, http.MethodGet, "/api/v1/operator/reports", nil).decode(t, &list)
	if len(list.Items) != 1 || list.NextCursor != nil || list.Items[0].WeekStart.Format(time.RFC3339) != "2026-11-23T05:00:00Z" || list.Items[0].Events == 0 || len(list.Items[0].Head) != 64 {
		t.Fatalf("reports: %+v", list)
	}
	path := "/api/v1/operator/reports/" + list.Items[0].ID.String()
	var detail httpapi.ReportDetail
	operator.expect(http.StatusOK, http.MethodGet, path, nil).decode(t, &detail)
	if len(detail.Files) != 2 || len(detail.Mails) != 1 || detail.Mails[0].Recipient != "ops@callshu.test" || detail.Mails[0].SentAt != nil {
		t.Fatalf("report: %+v", detail)
	}
	for _, f := range detail.Files {
		a := operator.expect(http.StatusOK, http.MethodGet, path+"/files/"+f.ID.String(), nil)
		sum := sha256.Sum256(a.body)
		if hex.EncodeToString(sum[:]) != f.SHA256 {
			t.Errorf("%s: its bytes are not those of its hash", f.Name)
		}
		kind := map[string]string{"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}[f.Kind]
		for header, want := range map[string]string{"Content-Type": kind, "Content-Disposition": `attachment; filename="` + f.Name + `"`, "Content-Security-Policy": "default-src 'none'; sandbox",
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s %q, want %q", f.Name, header, got, want)
			}
		}
		var v httpapi.FileVerdict
		operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/reports/check", object{"sha256": f.SHA256}).decode(t, &v)
		if !v.Known || !v.Sealed || v.File == nil || v.File.Name != f.Name || *v.ReportID != list.Items[0].ID {
			t.Errorf("check of %s: %+v", f.Name, v)
		}
	}
	var v httpapi.FileVerdict
	operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/reports/check", object{"sha256": strings.Repeat("0", 64)}).decode(t, &v)
	if v.Known || v.Sealed || v.File != nil {
		t.Errorf("check of a stranger's file: %+v", v)
	}
	operator.expect(http.StatusOK, http.MethodPost, path+"/resend", nil).decode(t, &detail)
	if len(detail.Mails) != 2 {
		t.Errorf("%d mails after one more", len(detail.Mails))
	}
	for action, want := range map[string]int{"report.downloaded": 2, "report.resent": 1} {
		if n := w.count(`SELECT count(*) FROM audit_events WHERE action = $1 AND actor_kind = 'operator' AND actor_name <> '' AND ip <> ''`, action); n != want {
			t.Errorf("%d rows %s, want %d", n, action, want)
		}
	}
	for _, wrong := range []struct {
		status       int
		method, path string
		body         any
	}{
		{http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/operator/reports/check", object{"sha256": "zz"}},
		{http.StatusUnprocessableEntity, http.MethodGet, "/api/v1/operator/reports?cursor=x", nil},
		{http.StatusNotFound, http.MethodGet, "/api/v1/operator/reports/" + uuid.NewString(), nil},
		{http.StatusNotFound, http.MethodPost, "/api/v1/operator/reports/" + uuid.NewString() + "/resend", nil},
		{http.StatusNotFound, http.MethodGet, path + "/files/" + uuid.NewString(), nil},
		{http.StatusNotFound, http.MethodGet, "/api/v1/operator/reports/" + uuid.NewString() + "/files/" + detail.Files[0].ID.String(), nil},
	} {
		operator.expect(wrong.status, wrong.method, wrong.path, wrong.body)
	}
	if until := list.Items[0].KeptUntil; until.Sub(list.Items[0].WeekEnd) != 730*24*time.Hour {
		t.Errorf("the files are kept until %s", until)
	}
	// Two years later: the hash is known, and nothing is given out.
	w.exec(`ALTER TABLE report_files DISABLE TRIGGER keep`)
	w.exec(`UPDATE report_files SET body = NULL, purged_at = now()`)
	operator.expect(http.StatusOK, http.MethodGet, path, nil).decode(t, &detail)
	for _, f := range detail.Files {
		if f.PurgedAt == nil {
			t.Errorf("%s is offered, and is gone", f.Name)
		}
		if p := operator.expect(http.StatusGone, http.MethodGet, path+"/files/"+f.ID.String(), nil).problem(t); p.Code != "file_purged" {
			t.Errorf("%+v", p)
		}
		operator.expect(http.StatusOK, http.MethodPost, "/api/v1/operator/reports/check", object{"sha256": f.SHA256}).decode(t, &v)
		if !v.Known || !v.Sealed || v.Past {
			t.Errorf("check of %s: %+v", f.Name, v)
		}
	}
	if p := operator.expect(http.StatusGone, http.MethodPost, path+"/resend", nil).problem(t); p.Code != "file_purged" {
		t.Errorf("%+v", p)
	}
}
