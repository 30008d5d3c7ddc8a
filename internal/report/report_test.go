package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/queue"
	"github.com/callshu/callshu/internal/report"
)

// wednesday lies in the week of Monday 16 November 2026.
var wednesday = time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)

type world struct {
	t      *testing.T
	admin  *pgx.Conn
	worker *postgres.Pool
	clock  *clock.Manual
	sealer *audit.Sealer
	deps   report.Deps
	log    bytes.Buffer
}

func newWorld(t *testing.T, at time.Time) *world {
	t.Helper()
	db := pgtest.New(t)
	w := &world{t: t, admin: db.Admin(), worker: db.Open(postgres.RoleWorker), clock: clock.NewManual(at)}
	jobs, err := queue.New(w.worker.Pool)
	if err != nil {
		t.Fatal(err)
	}
	w.sealer = &audit.Sealer{Worker: w.worker, Clock: w.clock, Log: slog.New(slog.DiscardHandler)}
	w.deps = report.Deps{Worker: w.worker, Operator: db.Open(postgres.RoleOperator), Clock: w.clock, Zone: toronto(t), Mail: mail.NewOutbox(jobs, w.clock),
		PublicURL: "https://app.callshu.test", OpsEmail: "ops@callshu.test", Log: slog.New(slog.NewTextHandler(&w.log, nil))}
	return w
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.admin.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	if err := w.admin.QueryRow(w.t.Context(), sql, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// event writes down that something happened at an instant.
func (w *world) event(at time.Time, action, actor string) {
	w.t.Helper()
	err := w.worker.InTx(w.t.Context(), func(tx pgx.Tx) error {
		return audit.Record(w.t.Context(), tx, audit.Event{At: at, Actor: audit.Actor{Kind: audit.User, Name: actor, IP: "192.0.2.7"}, Action: action,
			SubjectKind: "thing", SubjectID: uuid.NewString(), Detail: map[string]any{"from": "off", "to": 50, "why": actor}})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) seal() {
	w.t.Helper()
	if _, err := w.sealer.SealOnce(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// at sets the clock forward.
func (w *world) at(instant time.Time) { w.clock.Advance(instant.Sub(w.clock.Now())) }

func (w *world) due(s *report.Service) int {
	w.t.Helper()
	made, err := s.Due(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// weeks lists the Mondays that have a report.
func (w *world) weeks() []string {
	w.t.Helper()
	rows, err := w.admin.Query(w.t.Context(), `SELECT week_start FROM reports ORDER BY 1`)
	if err != nil {
		w.t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
	if err != nil {
		w.t.Fatal(err)
	}
	names := make([]string, len(all))
	for i, at := range all {
		names[i] = at.In(w.deps.Zone).Format("2006-01-02 15:04")
	}
	return names
}

func (w *world) only() report.Report {
	w.t.Helper()
	all, _, err := report.New(w.deps).List(w.t.Context(), "", 10)
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%d reports, %v; want one", len(all), err)
	}
	return all[0]
}

// files reads a report's files back as an operator does.
func (w *world) files(r report.Report) (files []report.File) {
	w.t.Helper()
	s := report.New(w.deps)
	_, listed, _, err := s.Get(w.t.Context(), r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range listed {
		whole, err := s.Download(w.t.Context(), audit.Actor{Kind: audit.Operator, Name: "Olive"}, r.ID, f.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		files = append(files, whole)
	}
	return files
}

// A report comes once, on Monday, whatever restarts and replicas do, and not a
// second time when the clock goes on.
func TestC40OneReportPerWeek(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	if made := w.due(report.New(w.deps)); made != 0 {
		t.Fatalf("%d reports of an empty log", made)
	}
	w.event(wednesday, "user.signed_in", "Ann")
	monday := report.WeekOf(wednesday, w.deps.Zone).End
	for _, early := range []time.Time{wednesday, monday.Add(-time.Second), monday, monday.Add(4*time.Minute + 59*time.Second)} {
		w.at(early)
		if made := w.due(report.New(w.deps)); made != 0 {
			t.Fatalf("a report at %s, before the week is settled", early)
		}
	}
	w.at(monday.Add(5 * time.Minute))
	var replicas sync.WaitGroup
	made := make([]int, 2)
	for i := range made {
		replicas.Go(func() {
			var err error
			if made[i], err = report.New(w.deps).Due(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	replicas.Wait()
	if made[0]+made[1] != 1 {
		t.Errorf("two replicas made %v reports, want one of them one", made)
	}
	for range 3 { // restarts
		if made := w.due(report.New(w.deps)); made != 0 {
			t.Errorf("%d more after a restart", made)
		}
	}
	if got := w.weeks(); !slices.Equal(got, []string{"2026-11-16 00:00"}) {
		t.Errorf("reports of %v", got)
	}
	if n := w.count(`SELECT count(*) FROM mails WHERE template = 'ops_report' AND recipient = 'ops@callshu.test'`); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'report.made'`); n != 1 {
		t.Errorf("%d events report.made, want 1", n)
	}
}

// Whatever was down over a Monday, or two, is caught up, each week by itself;
// weeks before the first event have none, weeks in which nothing happened do.
func TestC40DowntimeIsCaughtUpOverBothClockChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, back time.Time
		weeks       []string
		hours       []int
	}{
		"from Sunday to Wednesday": {time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC), time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC), []string{"2026-11-16 00:00"}, []int{168}},
		"over two Mondays":         {time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC), time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC), []string{"2026-11-16 00:00", "2026-11-23 00:00"}, []int{168, 168}},
		"into summer time":         {time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC), time.Date(2026, 3, 17, 9, 0, 0, 0, time.UTC), []string{"2026-03-02 00:00", "2026-03-09 00:00"}, []int{167, 168}},
		"out of summer time":       {time.Date(2026, 10, 28, 15, 0, 0, 0, time.UTC), time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC), []string{"2026-10-26 00:00", "2026-11-02 00:00"}, []int{169, 168}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.first)
			w.event(c.first, "user.signed_in", "Ann")
			w.at(c.back)
			if made := w.due(report.New(w.deps)); made != len(c.weeks) {
				t.Errorf("%d reports, want %d", made, len(c.weeks))
			}
			if got := w.weeks(); !slices.Equal(got, c.weeks) {
				t.Errorf("reports of %v, want %v", got, c.weeks)
			}
			all, _, err := report.New(w.deps).List(t.Context(), "", 10)
			if err != nil {
				t.Fatal(err)
			}
			slices.Reverse(all)
			for i, r := range all {
				if hours := r.WeekEnd.Sub(r.WeekStart); hours != time.Duration(c.hours[i])*time.Hour {
					t.Errorf("the week of %s has %s, want %d h", c.weeks[i], hours, c.hours[i])
				}
				if want := int64(1 - min(i, 1)); r.Events != want {
					t.Errorf("the week of %s has %d events, want %d", c.weeks[i], r.Events, want)
				}
			}
		})
	}
}

// odd are names that spreadsheets, fonts and PDF writers have stumbled over.
var odd = []string{"Zoé Łukasz", "Zoe\u0301", "王小明", "김철수", "Party 🎉 Inc.", "𠮷野家", `=HYPERLINK("http://evil.test","x")`, "@SUM(A1)", "a\"b,c", "tab\there", "مرحبا",
	"<script>alert(1)</script>", "(unbalanced \\ paren", strings.Repeat("long ", 60), "Nguyễn Ελλάδα Привет"}

// Every event of the week, and none of another, stands in the CSV and in the
// PDF, under any name, split where a file would be too large.
func TestC42FilesHoldEveryEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	w.deps.CSVBytes, w.deps.PDFRows = 6000, 20
	week := report.WeekOf(wednesday, w.deps.Zone)
	for i := range 47 {
		w.event(week.Start.Add(time.Duration(i)*3*time.Hour), "settings.changed", odd[i%len(odd)])
	}
	w.event(week.End.Add(-time.Microsecond), "user.sign_in_refused", "last")
	w.event(week.Start.Add(-time.Microsecond), "user.signed_in", "before")
	w.event(week.End, "user.signed_in", "after")
	w.seal()
	// The first event lies a week earlier: that week has a report of its own.
	w.exec(`INSERT INTO reports (week_start, week_end, events, late, through_id, head, chains, seals, made_at, delivered_at)
		SELECT $1, $2, 1, 0, max(id), '', 0, 0, $2, $2 FROM audit_events`, week.Start.AddDate(0, 0, -7), week.Start)
	w.at(week.End.Add(time.Hour))
	if made := w.due(report.New(w.deps)); made != 1 {
		t.Fatalf("made %d reports", made)
	}
	all, _, err := report.New(w.deps).List(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	r := all[0]
	const want = 48
	if r.Events != want || r.Late != 0 || r.Chains != 1 || r.Seals != want+2 {
		t.Errorf("report: %+v", r)
	}
	files := w.files(r)
	ids := w.ids(week)
	checkCSV(t, files, ids)
	checkPDF(t, files, ids)
	sums := map[string]bool{}
	for _, f := range files {
		sum := sha256.Sum256(f.Body)
		if !bytes.Equal(sum[:], f.SHA256) || f.Size != int64(len(f.Body)) {
			t.Errorf("%s: hash or size are not those of its bytes", f.Name)
		}
		sums[hex.EncodeToString(f.SHA256)] = true
	}
	for sum := range sums {
		if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'report.made' AND detail::text LIKE '%' || $1 || '%'`, sum); n != 1 {
			t.Errorf("the log does not name the file %s", sum)
		}
	}
	if n := w.count(`SELECT count(*) FROM audit_events WHERE action = 'report.downloaded' AND actor_kind = 'operator' AND actor_name = 'Olive'`); n != len(files) {
		t.Errorf("%d downloads are in the log, want %d", n, len(files))
	}
}

func (w *world) ids(week report.Week) []string {
	w.t.Helper()
	rows, err := w.admin.Query(w.t.Context(), `SELECT id::text FROM audit_events WHERE at >= $1 AND at < $2 ORDER BY at, id`, week.Start, week.End)
	if err != nil {
		w.t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Fatal(err)
	}
	return ids
}

func checkCSV(t *testing.T, files []report.File, ids []string) {
	t.Helper()
	var found, names []string
	parts := 0
	for _, f := range files {
		if f.Kind != report.CSV {
			continue
		}
		parts++
		if f.Name != fmt.Sprintf("callshu-audit-2026-11-16-part-%d-of-%d.csv", f.Part, f.Parts) || f.Part != parts {
			t.Errorf("part %d of %d is called %s", f.Part, f.Parts, f.Name)
		}
		records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(f.Body, []byte("\uFEFF")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(records)-1) != f.Rows || records[0][0] != "id" {
			t.Errorf("%s has %d rows and says %d; first cell %q", f.Name, len(records)-1, f.Rows, records[0][0])
		}
		for _, record := range records[1:] {
			found, names = append(found, record[0]), append(names, record[7])
			for i, cell := range record {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Errorf("column %s begins like a formula: %q", records[0][i], cell)
				}
			}
			if len(record[15]) != 64 {
				t.Errorf("event %s has the seal %q", record[0], record[15])
			}
		}
	}
	if parts < 2 {
		t.Errorf("%d CSV: it was to be split", parts)
	}
	if !slices.Equal(found, ids) {
		t.Errorf("the CSV hold the events %v, want %v", found, ids)
	}
	for _, name := range odd {
		if !slices.Contains(names, name) && !slices.Contains(names, "'"+name) {
			t.Errorf("the CSV lack the name %q", name)
		}
	}
}

func checkPDF(t *testing.T, files []report.File, ids []string) {
	t.Helper()
	text, parts := "", 0
	for _, f := range files {
		if f.Kind != report.PDF {
			continue
		}
		parts++
		path := filepath.Join(t.TempDir(), f.Name)
		if err := os.WriteFile(path, f.Body, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("qpdf", "--check", path).CombinedOutput(); err != nil { //nolint:gosec // a path of ours
			t.Errorf("qpdf: %v\n%s", err, out)
		}
		out, err := exec.Command("pdftotext", "-layout", path, "-").Output() //nolint:gosec // a path of ours
		if err != nil {
			t.Fatal(err)
		}
		text += string(out)
		pages := strings.Count(string(out), "\f")
		for page := 1; page <= pages; page++ {
			if !strings.Contains(string(out), fmt.Sprintf("Page %d of %d", page, pages)) {
				t.Errorf("%s: page %d has no number", f.Name, page)
			}
		}
		for _, words := range []string{"Events per day and kind", "Sign-ins refused per day", "Consents won and lost per day", "Campaign calls by outcome", fmt.Sprintf("Part %d of 3", f.Part)} {
			if !strings.Contains(string(out), words) {
				t.Errorf("%s lacks %q", f.Name, words)
			}
		}
		for _, forbidden := range []string{"/JavaScript", "/JS", "/URI", "/Launch", "/Filespec", "/Annots"} {
			if bytes.Contains(f.Body, []byte(forbidden)) {
				t.Errorf("%s holds %s", f.Name, forbidden)
			}
		}
	}
	if parts != 3 {
		t.Errorf("%d PDF, want 48 events by 20 in 3", parts)
	}
	words := strings.Fields(text)
	for _, id := range ids {
		if !slices.Contains(words, id) {
			t.Errorf("the PDF lack event %s", id)
		}
	}
	squeezed := strings.Join(words, "")
	for _, name := range []string{"Zoé", "Łukasz", "<U+738B>", "<U+1F389>", "<U+20BB7>", "Nguyễn", "Ελλάδα", "Привет", "<U+0009>", "<script>"} {
		if !strings.Contains(squeezed, name) {
			t.Errorf("the PDF lack %q", name)
		}
	}
}

// What is written down late, after its week was reported, stands in the next
// report: no event is in none.
func TestC42LateEventsComeWithTheNextReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	w.event(wednesday, "user.signed_in", "Ann")
	week := report.WeekOf(wednesday, w.deps.Zone)
	w.at(week.End.Add(time.Hour))
	w.due(report.New(w.deps))
	w.event(wednesday.Add(time.Minute), "campaign.launched", "slow") // a transaction that took an hour
	w.at(week.Next().End.Add(time.Hour))
	if made := w.due(report.New(w.deps)); made != 1 {
		t.Fatalf("made %d", made)
	}
	all, _, err := report.New(w.deps).List(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	second := all[0] // report.made of the first, and the late one
	if second.Events != 2 || second.Late != 1 {
		t.Errorf("the second report has %d events, %d late; want 2 and 1", second.Events, second.Late)
	}
	found := false
	for _, f := range w.files(second) {
		found = found || f.Kind == report.CSV && bytes.Contains(f.Body, []byte("campaign.launched"))
	}
	if !found {
		t.Error("the late event is in no file")
	}
}

// A week without events is reported, too: silence is worth a look.
func TestC42AnEmptyWeekHasFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	w.event(wednesday, "user.signed_in", "Ann")
	week := report.WeekOf(wednesday, w.deps.Zone)
	w.at(week.End.AddDate(0, 0, 7).Add(time.Hour))
	if made := w.due(report.New(w.deps)); made != 2 {
		t.Fatalf("made %d", made)
	}
	all, _, err := report.New(w.deps).List(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	files := w.files(all[0])
	if len(files) != 2 || files[0].Rows != 0 || files[1].Rows != 0 {
		t.Errorf("files of an empty week: %+v", files)
	}
	w.firstPageSays(all[0], "No calls in this week.")
}

// Weeks without events have the same CSV: each has its report all the same, and
// the file is known.
func TestC40ManyEmptyWeeksAreCaughtUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	w.event(wednesday, "user.signed_in", "Ann")
	w.at(report.WeekOf(wednesday, w.deps.Zone).End.AddDate(0, 0, 21).Add(time.Hour))
	s := report.New(w.deps)
	if made := w.due(s); made != 4 {
		t.Fatalf("%d reports of a downtime over four Mondays, want 4", made)
	}
	w.seal()
	all, _, err := s.List(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range w.files(all[1]) {
		v := w.check(s, f)
		if !v.Known || !v.Sealed || f.Kind == report.CSV && v.Report.ID != all[0].ID || f.Kind == report.PDF && v.Report.ID != all[1].ID {
			t.Errorf("check of %s: %+v", f.Name, v)
		}
	}
}

// The figures count what happened in the week, not beside it, by Toronto's days.
func TestC42ChartsSayWhatHappened(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	week := report.WeekOf(wednesday, w.deps.Zone)
	w.event(wednesday, "user.sign_in_refused", "Ann")
	// The first half of a sign-in in two steps.
	w.exec(`INSERT INTO audit_events (at, actor_kind, actor_name, action, detail) VALUES ($1, 'user', 'Ben', 'user.sign_in_refused', '{"code": "missing"}')`, wednesday)
	for _, at := range []time.Time{wednesday, wednesday, week.End.Add(time.Second)} {
		w.event(at, "operator.sign_in_refused", "Olive")
	}
	w.consents(map[string]int{"opted_in": 3, "opted_out": 1, "not_me": 1, "delivered": 5})
	w.calls(wednesday, 11, "campaign", "completed", 2, "message")
	w.calls(wednesday, 10, "campaign", "completed", nil, "message")
	w.calls(wednesday, 9, "campaign", "completed", nil, "voicemail")
	for i, state := range []string{"no_answer", "busy", "failed", "canceled", "not_placed"} {
		w.calls(week.Start, 8-i, "campaign", state, nil, "")
	}
	for _, state := range []string{"placing", "unknown", "queued", "initiated", "ringing", "in_progress"} {
		w.calls(week.End.Add(-time.Microsecond), 3, "campaign", state, nil, "")
	}
	// Those of other weeks and previews are none of these.
	w.calls(week.Start.Add(-time.Microsecond), 40, "campaign", "busy", nil, "")
	w.calls(week.End, 40, "campaign", "failed", nil, "")
	w.calls(wednesday, 40, "preview", "completed", nil, "message")
	w.at(week.End.Add(time.Hour))
	w.due(report.New(w.deps))
	w.firstPageSays(w.only(), "Refused 3", "user 2", "operator 2", "Won 3", "Lost 2", "Wed 18", "16\u201322 November 2026",
		"Still open 18 (23.1 %)", "Answered, choice made 11 (14.1 %)", "Answered, no choice 10 (12.8 %)", "Voicemail 9 (11.5 %)", "No answer 8 (10.3 %)",
		"Busy 7 (9.0 %)", "Failed 6 (7.7 %)", "Ended by us before an answer 5 (6.4 %)", "Not placed 4 (5.1 %)")
}

// firstPageSays looks for words on the page of the charts, in each PDF.
func (w *world) firstPageSays(r report.Report, wanted ...string) {
	w.t.Helper()
	for _, f := range w.files(r) {
		if f.Kind != report.PDF {
			continue
		}
		text := w.textOf(f, "-layout", "-l", "1")
		page := strings.Join(strings.Fields(text), " ")
		for _, words := range wanted {
			if !strings.Contains(page, words) {
				w.t.Errorf("the first page lacks %q:\n%s", words, text)
			}
		}
	}
}

// sound has a PDF checked, and returns where it lies.
func (w *world) sound(f report.File) (path string) {
	w.t.Helper()
	path = filepath.Join(w.t.TempDir(), f.Name)
	if err := os.WriteFile(path, f.Body, 0o600); err != nil {
		w.t.Fatal(err)
	}
	if out, err := exec.Command("qpdf", "--check", path).CombinedOutput(); err != nil { //nolint:gosec // a path of ours
		w.t.Errorf("qpdf: %v\n%s", err, out)
	}
	return path
}

// textOf reads the words of a PDF that is sound.
func (w *world) textOf(f report.File, how ...string) string {
	w.t.Helper()
	path := w.sound(f)
	out, err := exec.Command("pdftotext", append(how, path, "-")...).Output() //nolint:gosec // a path of ours
	if err != nil {
		w.t.Fatal(err)
	}
	return string(out)
}

// calls are attempts, each to another phone; whose they are is not the matter here.
func (w *world) calls(at time.Time, n int, kind, state string, answer any, heard string) {
	w.t.Helper()
	w.exec(`SET session_replication_role = replica`)
	w.exec(`INSERT INTO attempts (account_id, kind, recipient_id, user_id, phone_key, sender_id, consent_checked_at, state, place_by, answer, heard, created_at)
		SELECT gen_random_uuid(), $2, CASE $2 WHEN 'campaign' THEN gen_random_uuid() END, gen_random_uuid(), uuid_send(gen_random_uuid()), gen_random_uuid(), $1, $3, $1, $4, $5, $1
		FROM generate_series(1, $6)`, at, kind, state, answer, heard, n)
	w.exec(`SET session_replication_role = origin`)
}

func (w *world) consents(kinds map[string]int) {
	w.t.Helper()
	account := uuid.New()
	w.exec(`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case,
		callback_number, contact_address, attestation_version, attested_at, attested_ip, time_zone, created_at)
		VALUES ($1, 'A', 'A', '1', 'CA', 'QC', 'https://example.com', 1, 'x', '+15145550100', 'x', 'v', $2, '', 'America/Toronto', $2)`, account, wednesday)
	w.exec(`INSERT INTO phone_gates (phone_key) VALUES ('\x01')`)
	w.exec(`ALTER TABLE consent_events DISABLE TRIGGER USER`) // the ledger's rules are not the matter here
	for kind, n := range kinds {
		w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind)
			SELECT $1, '\x01', $2, 'sms', $3, 'employee' FROM generate_series(1, $4)`, account, kind, wednesday, n)
	}
}

// A file whose byte was changed is not ours; one that was exchanged in the
// database as well is not sealed, and leaves by no door.
func TestC42AlteredFilesAreFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	w.event(wednesday, "user.signed_in", "Ann")
	w.at(report.WeekOf(wednesday, w.deps.Zone).End.Add(time.Hour))
	s := report.New(w.deps)
	w.due(s)
	r := w.only()
	file := w.files(r)[1]
	check := func(body []byte) report.Verdict {
		t.Helper()
		sum := sha256.Sum256(body)
		v, err := s.Check(t.Context(), hex.EncodeToString(sum[:]))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := check(file.Body); !v.Known || v.Sealed {
		t.Errorf("before the sealer has come: %+v", v)
	}
	w.seal()
	if v := check(file.Body); !v.Known || !v.Sealed || v.File.Name != file.Name || v.Report.ID != r.ID {
		t.Errorf("a file as it was made: %+v", v)
	}
	forged := bytes.Clone(file.Body)
	forged[len(forged)-3] ^= 1
	if v := check(forged); v.Known {
		t.Errorf("a changed byte passes: %+v", v)
	}
	w.exec(`ALTER TABLE report_files DISABLE TRIGGER keep`)
	w.exec(`UPDATE report_files SET body = $2 WHERE id = $1`, file.ID, forged)
	by := audit.Actor{Kind: audit.Operator, Name: "Olive"}
	if _, err := s.Download(t.Context(), by, r.ID, file.ID); err == nil {
		t.Error("a stored file that was changed can be downloaded")
	}
	if _, err := s.Attachment(t.Context(), file.ID); err == nil {
		t.Error("a stored file that was changed can be mailed")
	}
	sum := sha256.Sum256(forged)
	w.exec(`UPDATE report_files SET sha256 = $2 WHERE id = $1`, file.ID, sum[:])
	if v := check(forged); !v.Known || v.Sealed {
		t.Errorf("a forgery with its hash in the database: %+v", v)
	}
	w.exec(`ALTER TABLE audit_events DISABLE TRIGGER keep`)
	w.exec(`UPDATE audit_events SET detail = jsonb_set(detail, '{files,1,sha256}', to_jsonb($1::text)) WHERE action = 'report.made'`, hex.EncodeToString(sum[:]))
	if v := check(forged); !v.Known || v.Sealed {
		t.Errorf("a forgery that the log was bent to: %+v", v)
	}
	for _, sum := range []string{"", "zz", strings.Repeat("a", 63)} {
		if _, err := s.Check(t.Context(), sum); err == nil {
			t.Errorf("%q passes for a hash", sum)
		}
	}
}

// Nobody who runs the product can change what was reported.
func TestC42NoRuntimeRoleChangesAReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	for _, pool := range []*postgres.Pool{w.deps.Worker, w.deps.Operator} {
		for _, sql := range []string{`UPDATE report_files SET body = ''`, `DELETE FROM report_files`, `DELETE FROM reports`, `UPDATE reports SET events = 0`, `DELETE FROM mail_attachments`} {
			if _, err := pool.Exec(t.Context(), sql); err == nil {
				t.Errorf("%s is allowed", sql)
			}
		}
	}
	if _, err := w.admin.Exec(t.Context(), `DELETE FROM report_files`); err == nil {
		t.Error("even the owner's DELETE was to be refused")
	}
}

// A week of 50,000 events, several times the most that is expected, is reported
// whole, in mails that a server takes.
func TestC42FiftyThousandEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wednesday)
	w.exec(`INSERT INTO audit_events (at, actor_kind, actor_name, action, subject_kind, subject_id, ip, request_id, detail)
		SELECT $1::timestamptz + n * interval '1 second', 'user', 'Zoé Łukasz ' || n % 97, 'campaign.launched', 'campaign', gen_random_uuid(), '192.0.2.7', gen_random_uuid(),
			jsonb_build_object('name', 'Frost warning for the greenhouse', 'callable', n, 'skipped', n % 7, 'schedule', 'now')
		FROM generate_series(1, 50000) n`, wednesday)
	w.at(report.WeekOf(wednesday, w.deps.Zone).End.Add(time.Hour))
	start := time.Now()
	if made := w.due(report.New(w.deps)); made != 1 {
		t.Fatalf("made %d", made)
	}
	took := time.Since(start)
	_, files, mails, err := report.New(w.deps).Get(t.Context(), w.only().ID)
	if err != nil {
		t.Fatal(err)
	}
	rows, size := map[string]int64{}, int64(0)
	for _, f := range files {
		rows[f.Kind] += f.Rows
		size += f.Size
		if f.Size > 10<<20 {
			t.Errorf("%s has %d bytes: too large for a mail", f.Name, f.Size)
		}
	}
	if rows[report.CSV] != 50_000 || rows[report.PDF] != 50_000 {
		t.Errorf("events in the files: %v", rows)
	}
	w.holdsEachOnce(w.files(w.only()), w.ids(report.WeekOf(wednesday, w.deps.Zone)))
	if len(mails) < 2 {
		t.Errorf("%d mails for %d bytes", len(mails), size)
	}
	t.Logf("50,000 events in %s: %d files, %.1f MB, %d mails; peak of this process %s", took.Round(10*time.Millisecond), len(files), float64(size)/1e6, len(mails), peak())
}

// rowOfPDF is the first line of an event in the table: its id and its instant.
var rowOfPDF = regexp.MustCompile(`(?m)^\s*(\d+)\s+\w{3} \d{1,2} \w{3} \d\d:\d\d:\d\d\.\d{3}`)

// holdsEachOnce counts the ids that the files themselves hold, whatever their rows
// are said to be: each event stands once in the CSV, and those of the last PDF are
// the last ones, each once. Reading all of so much PDF takes a minute.
func (w *world) holdsEachOnce(files []report.File, ids []string) {
	w.t.Helper()
	var inCSV, inPDF []string
	for _, f := range files {
		switch {
		case f.Kind == report.CSV:
			records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(f.Body, []byte("\uFEFF")))).ReadAll()
			if err != nil {
				w.t.Fatal(err)
			}
			for _, record := range records[1:] {
				inCSV = append(inCSV, record[0])
			}
		case f.Part == f.Parts:
			for _, row := range rowOfPDF.FindAllStringSubmatch(w.textOf(f, "-layout"), -1) {
				inPDF = append(inPDF, row[1])
			}
			if int64(len(inPDF)) != f.Rows || len(inPDF) == 0 {
				w.t.Fatalf("%s holds %d events and says %d", f.Name, len(inPDF), f.Rows)
			}
		default:
			w.sound(f)
		}
	}
	if !slices.Equal(inCSV, ids) {
		w.t.Errorf("the CSV hold %d events, and not the %d in their order", len(inCSV), len(ids))
	}
	if !slices.Equal(inPDF, ids[len(ids)-len(inPDF):]) {
		w.t.Error("the last PDF does not hold the last events in their order")
	}
}

// peak is the most memory that this process has had, as Linux tells it.
func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
