package httpapi_test

import (
	"mime"
	"net/http"
	"testing"
)

// Every file that the document names is a file for a browser, too, which must
// neither show nor guess what is in it, and comes with the headers of all answers.
// Those of reports have a sandbox of their own: TestReportRoutes.
func TestEveryDownloadIsArmoured(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	things := b.things()
	files := 0
	for _, op := range operations(t) {
		if _, csv := op.Responses["200"].Content["text/csv"]; !csv || op.OperationID == "downloadReportFile" {
			continue
		}
		files++
		who := b.owner
		if op.Level == "operator" {
			who = b.operator
		}
		path := pathTo(t, op.path, func(before string) string { return things[before] })
		if op.OperationID != "listRejectedRows" { // which is never anything else
			path += "?format=csv"
		}
		a := b.callWith(who, op, path)
		kind, params, err := mime.ParseMediaType(a.Header.Get("Content-Disposition"))
		if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "text/csv; charset=utf-8" || err != nil || kind != "attachment" || params["filename"] == "" {
			t.Errorf("%s: %d, %v: %.200s", op.OperationID, a.StatusCode, a.Header, a.body)
		}
		armoured(t, op.OperationID, a)
	}
	if files != 5 {
		t.Errorf("%d operations give files, want 5", files)
	}
}
