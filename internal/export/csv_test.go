package export

import (
	"encoding/csv"
	"errors"
	"strings"
	"testing"
)

func TestFileIsReadAsWritten(t *testing.T) {
	var b strings.Builder
	c := NewCSV(&b, "name", "note")
	c.Row("Zoë, \"the\" boss", "two\nlines")
	c.Row("=1+1", "+14165550123")
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(b.String(), "\xEF\xBB\xBF")
	if !ok {
		t.Fatal("no byte order mark")
	}
	if !strings.HasPrefix(text, "name,note\r\n") {
		t.Errorf("first line is %q", text[:20])
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"name", "note"}, {"Zoë, \"the\" boss", "two\nlines"}, {"'=1+1", "'+14165550123"}}
	for i := range want {
		for j := range want[i] {
			if rows[i][j] != want[i][j] {
				t.Errorf("row %d cell %d = %q, want %q", i, j, rows[i][j], want[i][j])
			}
		}
	}
}

func TestNoCellStartsAFormula(t *testing.T) {
	for _, bad := range []string{"=1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "＝1", "＋1", "－1", "＠a", "−1"} {
		got := Safe(bad)
		if got != "'"+bad {
			t.Errorf("Safe(%q) = %q", bad, got)
		}
		if Plain(got) != bad {
			t.Errorf("Plain(%q) = %q, want %q", got, Plain(got), bad)
		}
	}
	for _, good := range []string{"", "Zoë", "1-2", "a=b", "'quoted'", "'", "d'Arc", "🙂"} {
		if got := Safe(good); got != good {
			t.Errorf("Safe(%q) = %q", good, got)
		}
		if got := Plain(good); got != good {
			t.Errorf("Plain(%q) = %q", good, got)
		}
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("=cmd|' /C calc'!A0")
	f.Fuzz(func(t *testing.T, cell string) {
		safe := Safe(cell)
		if startsFormula(safe) {
			t.Errorf("%q still starts a formula", safe)
		}
		if !startsFormula(cell) && safe != cell {
			t.Errorf("%q was changed to %q", cell, safe)
		}
	})
}

func TestAttachmentCannotLeaveItsHeader(t *testing.T) {
	if got, want := Attachment("a\"b\r\nX: y/é.csv"), `attachment; filename="a-b--X--y--.csv"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("gone") }

func TestAFailedWriteIsReported(t *testing.T) {
	c := NewCSV(broken{}, "a")
	c.Row("b")
	if c.Close() == nil {
		t.Error("no error")
	}
}
