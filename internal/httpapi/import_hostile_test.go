package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/callshu/callshu/internal/httpapi"
)

// wide is a text in UTF-16, the high byte first, with its mark.
func wide(text string) string {
	var b strings.Builder
	b.WriteString("\xfe\xff")
	for _, unit := range utf16.Encode([]rune(text)) {
		b.WriteByte(byte(unit >> 8))
		b.WriteByte(byte(unit))
	}
	return b.String()
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Files that are no list, or a list that means harm: each is refused with a code
// by which a page can say what to do, and nobody is added.
func TestFilesThatAreNoList(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const good = "name,phone\nYves,613 555 0188\n"
	people := func() int { return d.count(`SELECT count(*) FROM employees WHERE account_id = $1`, d.account) }
	before := people()
	send := func(kind, encoding, body string) answer {
		r := d.owner.request(http.MethodPost, "/api/v1/employees/imports?name=people.csv", body)
		if r.Header.Del("Content-Type"); kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		if encoding != "" {
			r.Header.Set("Content-Encoding", encoding)
		}
		return d.owner.send(r)
	}
	for name, file := range map[string]struct{ body, code string }{
		"a spreadsheet":            {"PK\x03\x04\x14\x00\x06\x00" + good, "not_csv"},
		"an empty archive":         {"PK\x05\x06" + strings.Repeat("\x00", 18), "not_csv"},
		"an old spreadsheet":       {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + good, "not_csv"},
		"a compressed file":        {zipped(t, good), "not_csv"},
		"a document":               {"%PDF-1.7\n" + good, "not_csv"},
		"UTF-16, high byte first":  {wide(good), "not_utf8"},
		"UTF-16, low byte first":   {"\xff\xfen\x00a\x00m\x00e\x00", "not_utf8"},
		"Latin-1":                  {"name,phone\nZo\xeb,613 555 0188\n", "not_utf8"},
		"a NUL":                    {"name,phone\nYv\x00es,613 555 0188\n", "not_utf8"},
		"a mark and nothing":       {"\ufeff", "empty"},
		"nothing but line ends":    {"\r\n\r\n", "empty"},
		"a quote that eats it all": {"name,phone\n\"" + strings.Repeat("x,613 555 0188\n", 100_000), "bad_quotes"},
		"a heading of 2 MB":        {"name,phone," + strings.Repeat("x", 2<<20) + "\nYves,613 555 0188,1\n", "cell_too_long"},
		"headings without end":     {strings.Repeat("name,", 100_000) + "\n", "too_many_columns"},
	} {
		a := send("text/csv", "", file.body)
		p := a.problem(t)
		if a.StatusCode != http.StatusUnprocessableEntity || p.Code != file.code && (len(p.Errors) == 0 || p.Errors[0].Code != file.code) {
			t.Errorf("%s: %d %.300s, want %s", name, a.StatusCode, a.body, file.code)
		}
	}
	for name, kind := range map[string][2]string{
		"another encoding": {"text/csv; charset=latin1", ""}, "JSON": {"application/json", ""}, "a form": {"multipart/form-data; boundary=x", ""}, "any bytes": {"application/octet-stream", ""},
		"a spreadsheet": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ""}, "no kind": {"", ""}, "compressed on the way": {"text/csv", "gzip"}, "two kinds": {"text/csv, text/csv", ""},
	} {
		if a := send(kind[0], kind[1], good); a.StatusCode != http.StatusUnsupportedMediaType {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
	// One cell of 2 MB among good ones is that row's fault, and told as such.
	big := send("text/csv", "", "name,phone\n"+strings.Repeat("x", 2<<20)+",613 555 0187\n")
	var result httpapi.Import
	big.decode(t, &result)
	if big.StatusCode != http.StatusCreated || result.Rejected != 1 || result.New != 0 {
		t.Errorf("a name of 2 MB: %d %.300s", big.StatusCode, big.body)
	}
	// Whose columns are not clear is kept, with the code, and not taken before they are.
	for code, list := range map[string]string{"duplicate_column": "name,phone,Phone\nYves,613 555 0188,613 555 0189\n", "no_phone_column": "name,shoe\nYves,44\n", "no_name_column": "phone,shoe\n613 555 0188,44\n"} {
		up := d.owner.upload(list)
		if up.Problem == nil || up.Problem.Code != code || up.Check == nil || len(up.Check.Preview) != 1 {
			t.Errorf("%s: %+v", code, up)
		}
		p := d.owner.expect(http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/employees/imports/"+up.ID.String()+"/confirm", object{"attestation": "They gave them when hired."}).problem(t)
		if len(p.Errors) != 1 || p.Errors[0].Code != code {
			t.Errorf("%s: confirmed, %+v", code, p)
		}
	}
	if n := people() - before; n != 0 {
		t.Errorf("%d people of files that are no list", n)
	}
	a := send("text/csv; charset=UTF-8", "", "\ufeff"+good)
	a.decode(t, &result)
	d.confirmed(result.ID.String(), false)
	d.work(result.ID.String())
	if a.StatusCode != http.StatusCreated || people()-before != 1 {
		t.Errorf("a list with its mark: %d %s", a.StatusCode, a.body)
	}
}
