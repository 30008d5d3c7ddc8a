package employee

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
)

func wantInvalid(t *testing.T, err error) {
	t.Helper()
	if refusal, ok := apperr.As(err); !ok || refusal.Kind != apperr.Invalid {
		t.Errorf("error %v, want a refusal of the file", err)
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const file = "name,phone,language,time_zone,tags\nZoë Lavoie,4165550101,fr,America/Toronto,night;dock\nMax,+12025550102,,,\nBad,12,,,\n"
	dry := w.check(file)
	if got, want := dry.counts(), "3: 2 new, 0 changed, 0 unchanged, 1 rejected"; got != want || dry.State != ImportOpen || len(dry.Check.Sample) != 2 {
		t.Errorf("dry run %s, want %s", got, want)
	}
	if n := w.count(`FROM employees`); n != 0 {
		t.Fatalf("a dry run wrote %d people", n)
	}
	result := w.take(file)
	if got, want := result.counts(), dry.counts(); got != want || result.InvitationsQueued != 2 || result.FinishAt == nil || !result.FinishAt.After(w.clock.Now()) {
		t.Errorf("import %s with %d invitations until %s, want %s", got, result.InvitationsQueued, result.FinishAt, want)
	}
	if n := w.count(`FROM consent_events WHERE kind = 'attested' AND channel = 'import' AND detail->>'statement' = $1 AND actor_id = $2 AND detail->>'import' = $3`,
		statement, w.by.Actor.ID, result.ID.String()); n != 2 {
		t.Errorf("%d attestations", n)
	}
	if n := w.count(`FROM audit_events WHERE action = 'employees.imported' AND subject_id = $1`, result.ID.String()); n != 1 {
		t.Errorf("%d audit rows", n)
	}
	if n := w.count(`FROM messages WHERE kind = 'invitation' AND (language = 'fr') = (body LIKE '%OUI%')`); n != 2 {
		t.Errorf("%d invitations in the right language", n)
	}
	// The record of what was taken stands also when the file is gone.
	w.exec(`DELETE FROM import_files`)
	found, err := w.service.FindImport(t.Context(), w.by, result.ID)
	if err != nil || found.counts() != result.counts() || found.InvitationsQueued != 2 {
		t.Errorf("found %s with %d invitations, %v", found.counts(), found.InvitationsQueued, err)
	}
	// The same file again changes nothing and asks nobody twice.
	again := w.take(file)
	if got, want := again.counts(), "3: 0 new, 0 changed, 2 unchanged, 1 rejected"; got != want || again.InvitationsQueued != 0 {
		t.Errorf("again %s with %d invitations, want %s", got, again.InvitationsQueued, want)
	}
	if n := w.count(`FROM consent_events`); n != 2 {
		t.Errorf("%d events after the second import", n)
	}
}

func TestImportLeavesWhatTheFileDoesNotSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.take("name,phone,language,time_zone,tags\nZoe Lavoie,4165550101,fr,America/Toronto,night\n")
	// No columns for language, zone and tags: they stay. The name changes.
	if got, want := w.take("phone,name\n4165550101,Zoe Roy\n").counts(), "1: 0 new, 1 changed, 0 unchanged, 0 rejected"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	e := w.list(Query{})[0]
	if e.Name != "Zoe Roy" || e.Language != French || e.TimeZone != "America/Toronto" || strings.Join(e.Tags, " ") != "night" {
		t.Errorf("%+v", e)
	}
	// Columns with empty cells clear zone and tags; everybody keeps a language.
	if got, want := w.check("phone,name,language,time_zone,tags\n4165550101,Zoe Roy,,,\n").counts(), "1: 0 new, 1 changed, 0 unchanged, 0 rejected"; got != want {
		t.Errorf("dry run %s, want %s", got, want)
	}
	w.take("phone,name,language,time_zone,tags\n4165550101,Zoe Roy,,,\n")
	if e := w.list(Query{})[0]; e.Language != French || e.TimeZone != "" || len(e.Tags) != 0 {
		t.Errorf("%+v", e)
	}
}

// The preview of a file shows what each person has said, also who was removed
// after a STOP.
func TestImportPreviewShowsConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const file = "name,phone\nNew,4165550100\nOut,4165550101\nIn,4165550102\n"
	w.take("name,phone\nOut,4165550101\nIn,4165550102\n")
	at := w.clock.Now()
	for number, kind := range map[string]string{"+14165550101": "opted_out", "+14165550102": "opted_in"} {
		for _, kind := range []string{"invited", kind} {
			w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, $4, 'sms', $3, 'employee')`, w.by.Account, testKey(number), at, kind)
		}
	}
	want := map[string]consent.State{"New": consent.StateNone, "Out": consent.StateOptedOut, "In": consent.StateOptedIn}
	shown := func(when string) {
		t.Helper()
		sample := w.check(file).Check.Sample
		if len(sample) != 3 {
			t.Fatalf("%s: %d people shown", when, len(sample))
		}
		for _, e := range sample {
			if e.State != want[e.Name] || (e.Name != "New") != e.StateAt.Equal(at) {
				t.Errorf("%s: %s has %s since %s, want %s", when, e.Name, e.State, e.StateAt, want[e.Name])
			}
		}
	}
	shown("on the list")
	for _, e := range w.list(Query{Search: "out"}) {
		if err := w.service.Delete(t.Context(), w.by, e.ID); err != nil {
			t.Fatal(err)
		}
	}
	shown("one removed")
	other := w.account()
	result, err := w.service.Upload(t.Context(), other, "people.csv", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range result.Check.Sample {
		if e.State != consent.StateNone {
			t.Errorf("another account learns that %s has %s", e.Name, e.State)
		}
	}
}

func TestImportNeedsAnAttestation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, statement := range []string{"", "short", strings.Repeat("x", 501)} {
		_, err := w.imported(w.by, "name,phone\nZoe,4165550101\n", Confirmation{Attestation: statement})
		wantInvalid(t, err)
	}
	if n := w.count(`FROM employees`); n != 0 {
		t.Error("people were taken without an attestation")
	}
}

// Importing never raises consent and never clears a STOP, also when the person
// was deleted meanwhile.
func TestI1ImportDoesNotTouchConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const file = "name,phone\nOut,4165550101\nIn,4165550102\nAsked,4165550103\n"
	w.take(file)
	states := map[string]string{"+14165550101": "opted_out", "+14165550102": "opted_in"}
	for number, kind := range states {
		w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, 'invited', 'sms', $3, 'carrier')`, w.by.Account, testKey(number), w.clock.Now())
		w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, $4, 'sms', $3, 'employee')`, w.by.Account, testKey(number), w.clock.Now(), kind)
	}
	w.exec(`UPDATE messages SET state = 'accepted', rank = 10`)
	before := w.count(`FROM messages`)
	w.take("name,phone\nOut Renamed,4165550101\nIn Renamed,4165550102\n")
	for _, e := range w.list(Query{}) {
		if err := w.service.Delete(t.Context(), w.by, e.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.list(Query{})); n != 0 {
		t.Fatalf("%d people after deleting all", n)
	}
	w.clock.Advance(time.Hour)
	back := w.take(file)
	if got, want := back.counts(), "3: 3 new, 0 changed, 0 unchanged, 0 rejected"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	got := map[string]consent.State{}
	for _, e := range w.list(Query{}) {
		got[e.Name] = e.State
	}
	// The refusal stays; the yes was given to somebody who was removed, and is asked for anew.
	if got["Out"] != consent.StateOptedOut || got["In"] != consent.StateNone {
		t.Errorf("states %v", got)
	}
	if n := w.count(`FROM messages WHERE phone_key = $1`, testKey("+14165550101")); n != 1 {
		t.Errorf("%d invitations to somebody who said STOP", n)
	}
	if n := w.count(`FROM messages`); n != before+2 { // In again, Asked reminded
		t.Errorf("%d new invitations, want 2", n-before)
	}
	// Coming back over and over does not buy more invitations.
	for range 3 {
		w.exec(`UPDATE messages SET state = 'accepted', rank = 10 WHERE state = 'queued'`)
		for _, e := range w.list(Query{}) {
			if err := w.service.Delete(t.Context(), w.by, e.ID); err != nil {
				t.Fatal(err)
			}
		}
		w.take(file)
	}
	if n := w.count(`FROM messages WHERE phone_key = $1`, testKey("+14165550103")); n != 2 {
		t.Errorf("somebody who never answered was asked %d times, want 2", n)
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := Form{Name: "  Zoë   Lavoie ", Phone: "416-555-0101", Language: "fr", TimeZone: "America/Toronto", Tags: []string{"dock", "night", "Dock"}, Attestation: statement, Invite: true}
	e, err := w.service.Create(t.Context(), w.by, form)
	if err != nil {
		t.Fatal(err)
	}
	if e.Name != "Zoë Lavoie" || e.FirstName != "Zoë" || e.Phone != "+14165550101" || e.Country != "CA" || strings.Join(e.Tags, " ") != "dock night" || e.State != consent.StateNone {
		t.Errorf("%+v", e)
	}
	if n := w.count(`FROM messages WHERE employee_id = $1 AND kind = 'invitation'`, e.ID); n != 1 {
		t.Errorf("%d invitations", n)
	}
	if _, err := w.service.Create(t.Context(), w.by, form); !apperr.HasCode(err, "duplicate_phone") {
		t.Errorf("the same number again: %v", err)
	}
	// Another employer may have the same person, and sees nothing of this one.
	other := w.account()
	if _, err := w.service.Create(t.Context(), other, form); err != nil {
		t.Error(err)
	}
	for _, act := range []func() error{
		func() error { _, err := w.service.Get(t.Context(), other.Account, e.ID); return err },
		func() error { _, err := w.service.Update(t.Context(), other, e.ID, Change{}); return err },
		func() error { return w.service.Delete(t.Context(), other, e.ID) },
		func() error { return w.service.InviteOne(t.Context(), other, e.ID) },
		func() error { _, err := w.service.History(t.Context(), other.Account, e.ID); return err },
	} {
		if err := act(); !apperr.HasCode(err, "employee_not_found") {
			t.Errorf("another account: %v", err)
		}
	}
	bad := Form{Name: "<x>", Phone: "911", Language: "xx", TimeZone: "Mars/Base", Tags: []string{strings.Repeat("x", 41)}, Attestation: "no"}
	_, err = w.service.Create(t.Context(), w.by, bad)
	refusal, _ := apperr.As(err)
	if refusal == nil || len(refusal.Fields) != 6 {
		t.Errorf("wrong fields %+v, want all six", refusal)
	}
}

func ptr[T any](v T) *T { return &v }

func TestChangeOfNumberIsANewConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, err := w.service.Create(t.Context(), w.by, Form{Name: "Zoe", Phone: "4165550101", Attestation: statement})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"invited", "opted_in"} {
		w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, $4, 'sms', $3, 'employee')`, w.by.Account, testKey(e.Phone), w.clock.Now(), kind)
	}
	if changed, err := w.service.Update(t.Context(), w.by, e.ID, Change{Name: ptr("Zoë Roy"), Tags: ptr([]string{"a"})}); err != nil || changed.State != consent.StateOptedIn || changed.FirstName != "Zoë" {
		t.Errorf("%+v, %v", changed, err)
	}
	if _, err := w.service.Update(t.Context(), w.by, e.ID, Change{Phone: ptr("4165550102")}); err == nil {
		t.Error("a new number without an attestation")
	}
	changed, err := w.service.Update(t.Context(), w.by, e.ID, Change{Phone: ptr("4165550102"), Attestation: statement, Invite: true})
	if err != nil || changed.State != consent.StateNone || changed.Phone != "+14165550102" {
		t.Errorf("%+v, %v", changed, err)
	}
	if n := w.count(`FROM messages WHERE phone = '+14165550102' AND kind = 'invitation'`); n != 1 {
		t.Errorf("%d invitations to the new number", n)
	}
	// Back to the old one: the yes is gone with the change.
	changed, err = w.service.Update(t.Context(), w.by, e.ID, Change{Phone: ptr("4165550101"), Attestation: statement})
	if err != nil || changed.State != consent.StateNone {
		t.Errorf("%+v, %v", changed, err)
	}
	if _, err := w.service.Create(t.Context(), w.by, Form{Name: "Max", Phone: "4165550102", Attestation: statement}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.service.Update(t.Context(), w.by, e.ID, Change{Phone: ptr("4165550102"), Attestation: statement}); !apperr.HasCode(err, "duplicate_phone") {
		t.Errorf("a number that is taken: %v", err)
	}
}

// The log says what became of each field, and never who somebody is: a person
// who is erased must not stand in what cannot be changed.
func TestChangesAreLoggedWithoutNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, err := w.service.Create(t.Context(), w.by, Form{Name: "Zoe Roy", Phone: "4165550101", Language: English, Attestation: statement})
	if err != nil {
		t.Fatal(err)
	}
	change := Change{Name: ptr("Zora Canary"), Phone: ptr("5145550102"), Language: ptr(French), TimeZone: ptr("America/Halifax"), Tags: ptr([]string{"canary"}), Attestation: statement}
	if _, err := w.service.Update(t.Context(), w.by, e.ID, change); err != nil {
		t.Fatal(err)
	}
	var raw string
	if err := w.admin.QueryRow(t.Context(), `SELECT detail::text FROM audit_events WHERE action = 'employee.changed'`).Scan(&raw); err != nil {
		t.Fatal(err)
	}
	want := `{"phone": {"to": "+1•••••0102", "from": "+1•••••0101"}, "fields": ["name", "first_name", "phone", "language", "time_zone", "tags"], ` +
		`"language": {"to": "fr", "from": "en"}, "time_zone": {"to": "America/Halifax", "from": ""}}`
	if raw != want {
		t.Errorf("the row says\n%s, want\n%s", raw, want)
	}
}

func TestListPagesFiltersAndSorts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var file strings.Builder
	file.WriteString("name,phone,tags\n")
	for i := range 25 {
		fmt.Fprintf(&file, "Person %c%d,416555%04d,%s\n", 'A'+i%5, i, 100+i, []string{"night", "day", ""}[i%3])
	}
	file.WriteString("Élodie Côté,4165550150,night\nZoë O'Brien-Lavoie,4165550151,100%\n")
	w.take(file.String())
	for i, kind := range []string{"invited", "opted_in"} {
		_ = i
		w.exec(`INSERT INTO consent_events (account_id, phone_key, kind, channel, at, actor_kind) VALUES ($1, $2, $4, 'sms', $3, 'employee')`, w.by.Account, testKey("+14165550150"), w.clock.Now(), kind)
	}
	for _, sort := range []string{"", SortName, SortNameDesc, SortCreated, SortCreatedDesc} {
		seen := map[uuid.UUID]bool{}
		var order []string
		q := Query{Sort: sort, Limit: 4, Total: true}
		for {
			page, err := w.service.List(t.Context(), w.by.Account, q)
			if err != nil {
				t.Fatal(err)
			}
			if page.Total != 27 {
				t.Errorf("total %d", page.Total)
			}
			for _, e := range page.Items {
				if seen[e.ID] {
					t.Errorf("sort %q: %s comes twice", sort, e.Name)
				}
				seen[e.ID] = true
				order = append(order, Fold(e.Name))
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if len(seen) != 27 {
			t.Errorf("sort %q: %d people", sort, len(seen))
		}
		for i := 1; i < len(order); i++ {
			if (sort == "" || sort == SortName) && order[i] < order[i-1] || sort == SortNameDesc && order[i] > order[i-1] {
				t.Errorf("sort %q: %s after %s", sort, order[i], order[i-1])
			}
		}
	}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{Search: "elo"}, "Élodie Côté"}, {Query{Search: "CÔT"}, "Élodie Côté"}, {Query{Search: "555-0151"}, "Zoë O'Brien-Lavoie"},
		{Query{Search: "o’brien"}, "Zoë O'Brien-Lavoie"}, {Query{Search: "%"}, ""}, {Query{Search: "_"}, ""}, {Query{Search: "lodie"}, ""},
		{Query{State: consent.StateOptedIn}, "Élodie Côté"}, {Query{State: consent.StateLapsed}, ""}, {Query{Tag: "100%"}, "Zoë O'Brien-Lavoie"},
		{Query{Search: "person", State: consent.StateOptedIn}, ""}, {Query{Search: "a\x00b"}, ""}, {Query{Tag: "a\x00b"}, ""},
	} {
		if got := names(w.list(c.q)); got != c.want {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
	}
	if got := len(w.list(Query{State: consent.StateNone})); got != 26 {
		t.Errorf("%d without consent", got)
	}
	for _, cursor := range []string{"x", "!!", "e30"} {
		_, err := w.service.List(t.Context(), w.by.Account, Query{Limit: 1, Cursor: cursor})
		wantCode(t, err, "invalid_cursor")
	}
	tags, err := w.service.Tags(t.Context(), w.by.Account)
	if err != nil || fmt.Sprint(tags) != "[{100% 1} {day 8} {night 10}]" {
		t.Errorf("%v, %v", tags, err)
	}
	funnel, err := w.service.Funnel(t.Context(), w.by.Account)
	if want := (Funnel{Imported: 27, None: 26, OptedIn: 1, CallableNow: 1}); err != nil || funnel != want {
		t.Errorf("%+v, %v; want %+v", funnel, err, want)
	}
	w.clock.Advance(12 * time.Hour)
	if funnel, _ := w.service.Funnel(t.Context(), w.by.Account); funnel.CallableNow != 0 {
		t.Error("callable at night")
	}
}

func TestHistoryShowsTheProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e, err := w.service.Create(t.Context(), w.by, Form{Name: "Zoe", Phone: "4165550101", Attestation: statement, Invite: true})
	if err != nil {
		t.Fatal(err)
	}
	h, err := w.service.History(t.Context(), w.by.Account, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Events) != 1 || h.Events[0].Kind != "attested" || h.Events[0].ActorName != "Ada" || len(h.Texts) != 1 || h.Texts[0].State != "queued" || !strings.Contains(h.Texts[0].Body, "Mill via Callshu") {
		t.Errorf("%+v", h)
	}
	if err := w.service.InviteOne(t.Context(), w.by, e.ID); !apperr.HasCode(err, "not_invitable") {
		t.Errorf("invited twice: %v", err)
	}
}

// untilFree tries again while the list is held by another, as jobs and people do.
func untilFree(try func() error) error {
	for {
		if err := try(); !apperr.HasCode(err, "import_running") {
			return err
		}
	}
}

// Imports and single changes of one list at once: nobody twice, counts true.
func TestConcurrentImports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var file strings.Builder
	file.WriteString("name,phone\n")
	for i := range 90 {
		fmt.Fprintf(&file, "P %c,416555%04d\n", 'a'+i%26, 100+i)
	}
	total := 0
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var result Import
			err := untilFree(func() (err error) {
				result, err = w.imported(w.by, file.String(), Confirmation{Attestation: statement, Invite: true})
				return err
			})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			total += result.New
			mu.Unlock()
		})
		wg.Go(func() {
			err := untilFree(func() error {
				_, err := w.service.Create(t.Context(), w.by, Form{Name: "Solo", Phone: "4165550150", Attestation: statement})
				return err
			})
			if err != nil && !apperr.HasCode(err, "duplicate_phone") {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := w.count(`FROM employees`); n != 90 {
		t.Errorf("%d people, want 90", n)
	}
	if n := w.count(`FROM consent_events WHERE kind = 'attested'`); n != 90 {
		t.Errorf("%d attestations, want 90", n)
	}
	if total != 90 && total != 89 {
		t.Errorf("the imports count %d new people", total)
	}
}

// H14: no cell of a file and no word of an attestation may be a card's number.
func TestNoFileBringsACardNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	checked := w.check("name,phone,tags\nZoe 4242 4242 4242 4242,4165550101,\nMax,4165550102,4242424242424242\nEve,4165550103,night\n").Check
	result := w.take("name,phone,tags\nZoe 4242 4242 4242 4242,4165550101,\nMax,4165550102,4242424242424242\nEve,4165550103,night\n")
	if result.New != 1 || result.Rejected != 2 || len(checked.Errors) != 2 || checked.Errors[0].Code != "card_number" || checked.Errors[1].Code != "card_number" {
		t.Errorf("%s, %+v", result.counts(), checked.Errors)
	}
	_, err := w.imported(w.by, "name,phone\nAda,4165550104\n", Confirmation{Attestation: "They paid with 4242-4242-4242-4242."})
	wantCode(t, err, "card_number")
	if n := w.count(`FROM import_files WHERE convert_from(data, 'UTF8') LIKE '%4242%' OR (to_jsonb(import_files) - 'data' - 'content_hash')::text LIKE '%4242%'`); n != 0 {
		t.Errorf("%d files keep a card's number while they wait", n)
	}
	var rejected strings.Builder
	if err := w.service.WriteRejected(t.Context(), w.by.Account, result.ID, &rejected); err != nil || strings.Contains(rejected.String(), "4242") || !strings.Contains(rejected.String(), "Zoe [number removed]") {
		t.Errorf("%v: %s", err, rejected.String())
	}
	if n := w.count(`FROM employees e, imports i WHERE e::text LIKE '%4242%' OR i::text LIKE '%4242%'`); n != 0 {
		t.Error("a card's number was kept")
	}
}
