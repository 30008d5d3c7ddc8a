package employee

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
)

func list(from, to int) string {
	var b strings.Builder
	b.WriteString("name,phone\n")
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "Person %c%c,416600%04d\n", 'a'+i/26%26, 'a'+i%26, i)
	}
	return b.String()
}

func (w *world) confirm(id uuid.UUID) Import {
	w.t.Helper()
	f, err := w.service.Confirm(w.t.Context(), w.by, id, Confirmation{Attestation: statement, Invite: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

func (w *world) found(id uuid.UUID) Import {
	w.t.Helper()
	f, err := w.service.FindImport(w.t.Context(), w.by, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// Whoever clicks twice, or whose browser sends a request again, has one job.
func TestImportConfirmedTwiceIsOneJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up := w.check(list(0, 20))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			f, err := w.service.Confirm(t.Context(), w.by, up.ID, Confirmation{Attestation: statement})
			if err != nil || f.State != ImportQueued {
				t.Errorf("%s, %v", f.State, err)
			}
		})
	}
	group.Wait()
	if n := w.count(`FROM river_job WHERE kind = 'employees_import' AND args->>'id' = $1`, up.ID.String()); n != 1 {
		t.Errorf("%d jobs", n)
	}
	if n := w.count(`FROM audit_events WHERE action = 'employees.import_confirmed'`); n != 1 {
		t.Errorf("%d rows in the log", n)
	}
	job := TakeFile{w.by.Account, up.ID}
	for range 2 { // two replicas that both think it is theirs, or a job that is run again
		group.Go(func() {
			if err := w.service.RunImport(t.Context(), job, 1); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if f := w.confirm(up.ID); f.State != ImportDone || f.New != 20 {
		t.Errorf("confirmed again: %s, %s", f.State, f.counts())
	}
	if n := w.count(`FROM employees`); n != 20 {
		t.Errorf("%d people", n)
	}
	for _, sql := range []string{`FROM imports`, `FROM audit_events WHERE action = 'employees.imported'`, `FROM river_job WHERE kind = 'employees_import'`} {
		if n := w.count(sql); n != 1 {
			t.Errorf("%d %s", n, sql)
		}
	}
}

// A job that is cut off leaves the list as it was, and the next run does all of it.
func TestImportThatIsCutOffLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up := w.check(list(0, 2500)) // three batches
	w.confirm(up.ID)
	w.exec(`CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.search = 'person dz' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$`)
	w.exec(`ALTER FUNCTION cut() SECURITY DEFINER`)
	w.exec(`CREATE TRIGGER cut BEFORE INSERT ON employees FOR EACH ROW EXECUTE FUNCTION cut()`)
	job := TakeFile{w.by.Account, up.ID}
	if err := w.service.RunImport(t.Context(), job, 1); err == nil {
		t.Fatal("the run was to be cut off")
	}
	for _, table := range []string{"employees", "imports", "consent_events", "messages"} {
		if n := w.count(`FROM ` + table); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
	}
	if f := w.found(up.ID); f.State != ImportRunning {
		t.Errorf("it is %s, and will be run again", f.State)
	}
	w.exec(`DROP TRIGGER cut ON employees`)
	if err := w.service.RunImport(t.Context(), job, 2); err != nil {
		t.Fatal(err)
	}
	if f := w.found(up.ID); f.State != ImportDone || f.New != 2500 || f.InvitationsQueued != 2500 {
		t.Errorf("%s: %s", f.State, f.counts())
	}
}

// After its last try an import has failed, in words; it can be confirmed again.
func TestImportThatFailsSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up := w.check(list(0, 3))
	w.confirm(up.ID)
	w.exec(`ALTER TABLE employees ADD CONSTRAINT nobody CHECK (false) NOT VALID`)
	job := TakeFile{w.by.Account, up.ID}
	for try := range jobTries {
		if err := w.service.RunImport(t.Context(), job, try+1); err == nil {
			t.Errorf("try %d was to fail", try+1)
		}
		want := ImportRunning
		if try+1 == jobTries {
			want = ImportFailed
		}
		if f := w.found(up.ID); f.State != want {
			t.Errorf("after try %d it is %s, want %s", try+1, f.State, want)
		}
	}
	f := w.found(up.ID)
	if f.State != ImportFailed || f.ProblemCode == "" || strings.Contains(f.Problem, "SQL") {
		t.Errorf("%s %s %s", f.State, f.ProblemCode, f.Problem)
	}
	w.exec(`ALTER TABLE employees DROP CONSTRAINT nobody`)
	w.confirm(up.ID)
	// A process that died in each try has told nobody: the one after them does.
	if err := w.service.RunImport(t.Context(), job, jobTries+1); err != nil {
		t.Error(err)
	}
	if f := w.found(up.ID); f.State != ImportFailed {
		t.Errorf("it is %s", f.State)
	}
	w.confirm(up.ID)
	if err := w.service.RunImport(t.Context(), job, 1); err != nil || w.found(up.ID).State != ImportDone {
		t.Errorf("%v", err)
	}
}

// While a job waits or writes, a page sees how far it is, and nobody of the file.
func TestImportTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	up := w.check(list(0, 30))
	w.confirm(up.ID)
	held, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 2)
	go func() {
		ended <- w.service.App.InAccount(context.WithoutCancel(t.Context()), w.by.Account, func(tx pgx.Tx) error {
			err := lockList(context.WithoutCancel(t.Context()), tx, w.by.Account, shared)
			close(held)
			<-release
			return err
		})
	}()
	<-held
	go func() {
		ended <- w.service.RunImport(context.WithoutCancel(t.Context()), TakeFile{w.by.Account, up.ID}, 1)
	}()
	for deadline := time.Now().Add(5 * time.Second); w.found(up.ID).Phase != "reading"; {
		if time.Now().After(deadline) {
			t.Fatal("nothing is told")
		}
		time.Sleep(5 * time.Millisecond)
	}
	r := taking{Service: w.service, job: TakeFile{w.by.Account, up.ID}}
	if err := r.tell(t.Context(), 10, 30); err != nil {
		t.Fatal(err)
	}
	if f := w.found(up.ID); f.State != ImportRunning || f.Done != 10 || f.ToDo != 30 || f.Phase != "writing" {
		t.Errorf("%+v", f)
	}
	if err := r.tell(t.Context(), 20, 30); err != nil || w.found(up.ID).Done != 10 {
		t.Errorf("told again at once (%v)", err)
	}
	close(release)
	if err := errors.Join(<-ended, <-ended); err != nil {
		t.Fatal(err)
	}
	if f := w.found(up.ID); f.State != ImportDone || f.Done != 30 || f.Phase != "" {
		t.Errorf("%+v", f)
	}
}

// What a heading is taken for is the employer's to say, and said once.
func TestImportRemembersColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const file = "Matricule,Collègue,Numéro d'urgence,name\n7,Zoë Lavoie,4165550101,unused\n8,Max,4165550102,unused\n"
	up := w.check(file)
	if up.ProblemCode != "no_phone_column" || up.New != 0 || len(up.Check.Preview) != 2 || strings.Join(up.Check.Preview[0], "|") != "7|Zoë Lavoie|4165550101|unused" {
		t.Fatalf("%s %+v", up.ProblemCode, up.Check)
	}
	if _, err := w.service.Confirm(t.Context(), w.by, up.ID, Confirmation{Attestation: statement}); !apperr.HasCode(err, "invalid") {
		t.Errorf("confirmed without a number: %v", err)
	}
	for code, fields := range map[string][]string{"column_count": {"name"}, "unknown_field": {"shoe", "name", "phone", ""}} {
		_, err := w.service.SetColumns(t.Context(), w.by, up.ID, fields)
		wantCode(t, err, code)
	}
	// One that cannot be is kept to be looked at, and not remembered.
	bad, err := w.service.SetColumns(t.Context(), w.by, up.ID, []string{"", "name", "phone", "name"})
	if err != nil || bad.ProblemCode != "duplicate_column" {
		t.Errorf("%s, %v", bad.ProblemCode, err)
	}
	if next := w.check(file); next.ProblemCode != "no_phone_column" {
		t.Errorf("a mistake is remembered: %+v", next.Check.Columns)
	}
	set, err := w.service.SetColumns(t.Context(), w.by, up.ID, []string{"", "name", "phone", ""})
	if err != nil || set.New != 2 || set.Check.Sample[0].Name != "Zoë Lavoie" {
		t.Fatalf("%s, %v", set.counts(), err)
	}
	// Another file with these headings, in another order, is read so at once.
	next := w.check("numero d'urgence,Collègue,name,langue\n4165550103,Ada,unused,fr\n")
	if got := fmt.Sprint(next.Check.Columns); got != "[{numero d'urgence phone} {Collègue name} {name } {langue language}]" || next.New != 1 {
		t.Errorf("%s: %s", got, next.counts())
	}
	if n := w.count(`FROM import_mappings WHERE fields::text ILIKE '%urgence%' OR fields::text LIKE '%Coll%'`); n != 0 {
		t.Error("headings are kept in words")
	}
	// It is this employer's, and no other's.
	other := w.account()
	theirs, err := w.service.Upload(t.Context(), other, "people.csv", []byte(file))
	if err != nil || theirs.ProblemCode != "no_phone_column" {
		t.Errorf("%s, %v", theirs.ProblemCode, err)
	}
	w.confirm(up.ID)
	if _, err := w.service.SetColumns(t.Context(), w.by, up.ID, []string{"name", "", "phone", ""}); !apperr.HasCode(err, "import_confirmed") {
		t.Errorf("the columns of a confirmed file changed: %v", err)
	}
}

func TestImportShowsWhatWouldChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.take("name,phone,language,tags\nZoe Lavoie,4165550101,fr,night\nMax,4165550102,en,day\n")
	check := w.check("name,phone,language,tags\nZoe Roy,4165550101,fr,\nMax,4165550102,en,day\n").Check
	if got := fmt.Sprint(check.Changes); got != "[{Zoe Lavoie +14165550101 [{name Zoe Lavoie Zoe Roy} {tags night }]}]" {
		t.Error(got)
	}
}

// The rejected rows come back as they stood, each with its line and reason, and
// what is mended in them can be imported as it is.
func TestRejectedRowsComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var file strings.Builder
	file.WriteString("Phone;Name;Shoe\r\n")
	for i := range maxListed + 50 {
		fmt.Fprintf(&file, "416600%04d9;Person %c;=%d\r\n", i, 'a'+i%26, i)
	}
	file.WriteString("4165550101;Zoe \"X\" Roy;1\r\n4165550102;Max;38;4\r\n4165550103;Ada;39\r\n")
	up := w.check(file.String())
	var out strings.Builder
	if err := w.service.WriteRejected(t.Context(), w.by.Account, up.ID, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\r\n")
	if len(lines) != maxListed+53 || up.Rejected != maxListed+52 {
		t.Fatalf("%d lines for %d rejected rows", len(lines), up.Rejected)
	}
	if want := "\ufeffline,problem,Phone,Name,Shoe"; lines[0] != want {
		t.Errorf("%q, want %q", lines[0], want)
	}
	if !strings.HasPrefix(lines[1], "2,") || !strings.Contains(lines[1], "Phone: ") || !strings.HasSuffix(lines[1], ",41660000009,Person a,'=0") {
		t.Error(lines[1])
	}
	if last := lines[len(lines)-2:]; !strings.Contains(last[0], `"4165550101;Zoe ""X"" Roy;1"`) || !strings.HasSuffix(last[1], ",4165550102,Max,38,4") {
		t.Errorf("%q", last)
	}
	mended := strings.ReplaceAll(strings.Join(lines[:3], "\r\n"), "9,Person", ",Person")
	if again := w.check(mended); again.New != 2 || again.Rejected != 0 {
		t.Errorf("%s %+v", again.counts(), again.Check.Errors)
	}
	other := w.account()
	if err := w.service.WriteRejected(t.Context(), other.Account, up.ID, &out); !apperr.HasCode(err, "import_not_found") {
		t.Errorf("another employer reads them: %v", err)
	}
}

// A file is kept for a day, and none after somebody was erased: who was is in
// one of them, perhaps. While a job has one in hand, nobody is erased.
func TestImportFilesGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range keptFiles + 3 {
		w.check(list(0, 2))
		w.clock.Advance(time.Second)
	}
	if n := w.count(`FROM import_files`); n != keptFiles {
		t.Errorf("%d files are kept, want %d", n, keptFiles)
	}
	done := w.take(list(0, 2))
	queued := w.check(list(2, 4))
	w.confirm(queued.ID)
	person := w.list(Query{})[0]
	erase := func() error {
		_, err := w.service.Erase(t.Context(), w.by, person.ID, Erasure{Reason: ReasonAsked, Confirm: person.Name})
		return err
	}
	for _, busy := range []string{`state = 'queued'`, `state = 'running'`, `state = 'done', archive = 'queued'`} {
		w.exec(`UPDATE import_files SET `+busy+` WHERE id = $1`, queued.ID)
		if err := erase(); !apperr.HasCode(err, "under_way") {
			t.Errorf("a file has %s: %v", busy, err)
		}
	}
	if n := w.count(`FROM import_files`) - w.count(`FROM employees WHERE erased_at IS NOT NULL`); n != keptFiles {
		t.Errorf("a refused erasure left %d files, or erased", n)
	}
	w.exec(`UPDATE import_files SET state = 'queued', archive = '' WHERE id = $1`, queued.ID)
	if err := w.service.RunImport(t.Context(), TakeFile{w.by.Account, queued.ID}, 1); err != nil || w.found(queued.ID).New != 2 {
		t.Error(err)
	}
	if err := erase(); err != nil {
		t.Fatal(err)
	}
	if n := w.count(`FROM import_files`); n != 0 {
		t.Errorf("%d files may name who was erased", n)
	}
	if f := w.found(done.ID); f.Kept || f.New != 2 || f.State != ImportDone {
		t.Errorf("%+v", f)
	}
	w.check(list(0, 2))
	w.clock.Advance(KeepFiles - time.Minute)
	forget := func() {
		t.Helper()
		if err := ForgetImports(t.Context(), w.worker, w.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	forget()
	if n := w.count(`FROM import_files`); n != 1 {
		t.Errorf("%d files within the day", n)
	}
	w.clock.Advance(2 * time.Minute)
	forget()
	if n := w.count(`FROM import_files`); n != 0 {
		t.Errorf("%d files after a day", n)
	}
}

func (w *world) gone(id uuid.UUID) []string {
	w.t.Helper()
	page, err := w.service.Gone(w.t.Context(), w.by.Account, id, 100, "")
	if err != nil {
		w.t.Fatal(err)
	}
	if page.Total != len(page.Items) {
		w.t.Errorf("%d of %d", len(page.Items), page.Total)
	}
	var list []string
	for _, e := range page.Items {
		list = append(list, e.Name)
	}
	return list
}

// Who is missing from a file is told, and archived on the employer's word alone:
// they are not called, their STOP stays, their yes is asked for anew.
func TestPeopleWhoAreGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.take("name,phone\nAda,4165550101\nBob,4165550102\nCleo,4165550103\nDan,4165550104\nEve,4165550105\nFay,4165550106\n")
	for number, kind := range map[string]string{"+14165550104": "opted_out", "+14165550105": "opted_in", "+14165550101": "opted_in"} {
		for _, kind := range []string{"invited", kind} {
			w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, $4, 'sms', $3, 'employee')`, w.by.Account, testKey(number), w.clock.Now(), kind)
		}
	}
	w.clock.Advance(time.Hour)
	// Cleo's row is rejected for its language: she is in the file all the same.
	up := w.check("name,phone,language\nAda,4165550101,\nBob,4165550102,\nCleo,4165550103,klingon\nNew,4165550107,\nWho,12,\n")
	if up.Gone != 3 || up.Rejected != 2 || up.Check.Unread != 1 || fmt.Sprint(w.gone(up.ID)) != "[Dan Eve Fay]" {
		t.Fatalf("%d gone, %d rejected, %d unread: %v", up.Gone, up.Rejected, up.Check.Unread, w.gone(up.ID))
	}
	refused := func(confirm int, code string) {
		t.Helper()
		if _, err := w.service.ArchiveGone(t.Context(), w.by, up.ID, confirm); !apperr.HasCode(err, code) {
			t.Errorf("archive %d: %v, want %s", confirm, err, code)
		}
	}
	refused(3, "import_not_done")
	w.confirm(up.ID)
	if err := w.service.RunImport(t.Context(), TakeFile{w.by.Account, up.ID}, 1); err != nil {
		t.Fatal(err)
	}
	if f := w.found(up.ID); f.Gone != 3 || len(w.list(Query{})) != 7 {
		t.Errorf("%d are gone, %d on the list: an import archives nobody", f.Gone, len(w.list(Query{})))
	}
	w.clock.Advance(time.Minute)
	// Whom somebody adds or corrects after it was taken is not gone.
	if _, err := w.service.Create(t.Context(), w.by, Form{Name: "Gus", Phone: "4165550108", Attestation: statement}); err != nil {
		t.Fatal(err)
	}
	fay := w.list(Query{Search: "fay"})[0]
	name := "Faye"
	if _, err := w.service.Update(t.Context(), w.by, fay.ID, Change{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(w.gone(up.ID)); got != "[Dan Eve]" {
		t.Error(got)
	}
	refused(3, "count_changed")
	for range 2 {
		if f, err := w.service.ArchiveGone(t.Context(), w.by, up.ID, 2); err != nil || f.Archive != "queued" {
			t.Errorf("%s, %v", f.Archive, err)
		}
	}
	if n := w.count(`FROM river_job WHERE kind = 'employees_archive'`); n != 1 {
		t.Errorf("%d jobs", n)
	}
	next := w.check(list(300, 302))
	if _, err := w.service.Confirm(t.Context(), w.by, next.ID, Confirmation{Attestation: statement}); !apperr.HasCode(err, "archive_running") {
		t.Errorf("a file beside an archive: %v", err)
	}
	events := w.count(`FROM consent_events`)
	for range 2 { // run again, it does nothing
		if err := w.service.RunArchive(t.Context(), ArchiveGone{w.by.Account, up.ID}); err != nil {
			t.Fatal(err)
		}
	}
	if f := w.found(up.ID); f.Archive != "done" || f.Archived != 2 || names(w.list(Query{})) != "Ada, Bob, Cleo, Faye, Gus, New" {
		t.Errorf("%+v, %s", f, names(w.list(Query{})))
	}
	if n := w.count(`FROM consent_events`) - events; n != 2 {
		t.Errorf("%d events of two who left", n)
	}
	if n := w.count(`FROM audit_events WHERE action = 'employees.archived' AND detail->>'people' = '2' AND actor_id = $1`, w.by.Actor.ID); n != 1 {
		t.Errorf("%d rows in the log", n)
	}
	for number, want := range map[string]string{"+14165550104": "opted_out", "+14165550105": "none", "+14165550101": "opted_in"} {
		if n := w.count(`FROM consents WHERE account_id = $1 AND phone_key = $2 AND state = $3`, w.by.Account, testKey(number), want); n != 1 {
			t.Errorf("%s is not %s", number, want)
		}
	}
	// Who comes back is as somebody who was removed: a STOP stands, a yes is asked for.
	w.clock.Advance(time.Hour)
	w.take("name,phone\nDan,4165550104\nEve,4165550105\n")
	for _, e := range w.list(Query{}) {
		if e.Name == "Dan" && e.State != consent.StateOptedOut || e.Name == "Eve" && e.State != consent.StateNone {
			t.Errorf("%s has %s", e.Name, e.State)
		}
	}
	up = w.take("name,phone\nAda,4165550101\n")
	w.take("name,phone\nBob,4165550102\n")
	refused(w.found(up.ID).Gone, "newer_import")
}

// An archive that is cut off between two batches goes on where it ended.
func TestArchiveGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.take(list(0, 3*archiveBatch))
	w.clock.Advance(time.Hour)
	up := w.take("name,phone\nZoe,6135550188\n")
	if _, err := w.service.ArchiveGone(t.Context(), w.by, up.ID, 3*archiveBatch); err != nil {
		t.Fatal(err)
	}
	w.exec(`CREATE SEQUENCE left_so_far`)
	w.exec(`GRANT USAGE ON left_so_far TO callshu_app`)
	w.exec(fmt.Sprintf(`CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('left_so_far') = %d THEN RAISE 'cut off'; END IF; RETURN NEW; END $$`, archiveBatch+50))
	w.exec(`CREATE TRIGGER cut BEFORE UPDATE ON employees FOR EACH ROW EXECUTE FUNCTION cut()`)
	job := ArchiveGone{w.by.Account, up.ID}
	if err := w.service.RunArchive(t.Context(), job); err == nil {
		t.Fatal("the run was to be cut off")
	}
	if f := w.found(up.ID); f.Archived != archiveBatch || f.Archive != "queued" || len(w.list(Query{Limit: 1000})) != 2*archiveBatch+1 {
		t.Errorf("%d are archived (%s)", f.Archived, f.Archive)
	}
	if err := w.service.RunArchive(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if f := w.found(up.ID); f.Archived != 3*archiveBatch || f.Archive != "done" || names(w.list(Query{})) != "Zoe" {
		t.Errorf("%d are archived (%s)", f.Archived, f.Archive)
	}
	if n := w.count(`FROM audit_events a, generate_series(1, (a.detail->>'people')::int) WHERE action = 'employees.archived'`); n != 3*archiveBatch {
		t.Errorf("the log has %d of %d who left", n, 3*archiveBatch)
	}
	if n := w.count(`FROM consent_events WHERE kind = 'erased'`); n != 3*archiveBatch {
		t.Errorf("%d events of %d who left", n, 3*archiveBatch)
	}
}

// Whom a file does not name is found by hashes, whatever the planner expects of
// a list that was taken a moment ago: an anti-join by nested loops reads all keys
// anew for each person.
func TestGonePeopleAreFoundByHashes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.imported(w.by, "name,phone\nZoe,4165550101\nMax,4165550102\n", Confirmation{Attestation: statement}); err != nil {
		t.Fatal(err)
	}
	keys := [][]byte{testKey("+14165550101")}
	var plan []string
	err := w.service.App.InAccount(t.Context(), w.by.Account, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), `EXPLAIN `+countGoneSQL, w.by.Account, keys, nil)
		if err == nil {
			plan, err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
		return err
	})
	if err != nil || !strings.Contains(strings.Join(plan, "\n"), "hashed SubPlan") {
		t.Errorf("%v\n%s", err, strings.Join(plan, "\n"))
	}
}
