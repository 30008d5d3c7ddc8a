package employee

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/callhours"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/phone"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/queue"
)

func testKey(e164 string) []byte {
	return phone.Key([]byte("a key of tests, 32 bytes long....."), e164)
}

const statement = "They wrote it on the contact form."

type world struct {
	t       testing.TB
	admin   *pgx.Conn
	clock   *clock.Manual
	service *Service
	worker  *postgres.Pool
	by      By // of the first account
	sender  uuid.UUID
}

func newWorld(t testing.TB) *world {
	t.Helper()
	zones, err := callhours.Load()
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	w := &world{t: t, admin: db.Admin(), clock: clock.NewManual(time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)), worker: db.Open(postgres.RoleWorker), sender: uuid.New()}
	c := consent.New(consent.Deps{Worker: w.worker, Clock: w.clock, Zones: zones, Key: testKey, Site: "callshu.com"})
	jobs, err := queue.New(w.worker.Pool)
	if err != nil {
		t.Fatal(err)
	}
	w.service = New(Deps{App: db.Open(postgres.RoleApp), Consent: c, Clock: w.clock, Zones: zones, Key: testKey, Jobs: jobs})
	w.exec(`INSERT INTO senders (id, number) VALUES ($1, '+14165550199')`, w.sender)
	w.by = w.account()
	return w
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.admin.Exec(w.t.Context(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

func (w *world) count(sql string, args ...any) int {
	w.t.Helper()
	var n int
	if err := w.admin.QueryRow(w.t.Context(), `SELECT count(*) `+sql, args...).Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func (w *world) account() By {
	w.t.Helper()
	operator, account, user := uuid.New(), uuid.New(), uuid.New()
	w.exec(`INSERT INTO operators (id, email, name, team, password_hash, totp_secret) VALUES ($1, $2, 'Op', 'support', 'x', 'x')`, operator, operator.String()+"@callshu.test")
	w.exec(`INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count, use_case, callback_number,
		contact_address, attestation_version, attested_at, attested_ip, time_zone, status, approved_by, approved_at, sender_id, created_at)
		VALUES ($1, 'Mill', 'Mill', '1', 'CA', 'ON', 'https://example.test', 10, 'shifts', '+14165550100', '1 Main St', '1', $2, '127.0.0.1', 'America/Toronto',
		'active', $3, $2, $4, $2)`, account, w.clock.Now(), operator, w.sender)
	w.exec(`INSERT INTO users (id, account_id, name, email, password_hash, created_at) VALUES ($1, $2, 'Ada', $4, 'x', $3)`, user, account, w.clock.Now(), user.String()+"@example.test")
	return By{Account: account, Actor: audit.Actor{Kind: audit.User, ID: user, Name: "Ada"}, Language: English}
}

// imported uploads, confirms and takes a file, as an employer and the job do.
func (w *world) imported(by By, csv string, said Confirmation) (Import, error) {
	up, err := w.service.Upload(w.t.Context(), by, "people.csv", []byte(csv))
	if err != nil {
		return Import{}, err
	}
	if _, err := w.service.Confirm(w.t.Context(), by, up.ID, said); err != nil {
		return Import{}, err
	}
	if err := w.service.RunImport(w.t.Context(), TakeFile{by.Account, up.ID}, 1); err != nil {
		return Import{}, err
	}
	return w.service.FindImport(w.t.Context(), by, up.ID)
}

// take imports for real, with invitations.
func (w *world) take(csv string) Import {
	w.t.Helper()
	result, err := w.imported(w.by, csv, Confirmation{Attestation: statement, Invite: true})
	if err != nil {
		w.t.Fatal(err)
	}
	if result.State != ImportDone {
		w.t.Fatalf("the import is %s: %s", result.State, result.Problem)
	}
	return result
}

func (w *world) check(csv string) Import {
	w.t.Helper()
	result, err := w.service.Upload(w.t.Context(), w.by, "people.csv", []byte(csv))
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

func (c Counts) counts() string {
	return fmt.Sprintf("%d: %d new, %d changed, %d unchanged, %d rejected", c.Total, c.New, c.Changed, c.Unchanged, c.Rejected)
}

func (w *world) list(q Query) []Employee {
	w.t.Helper()
	if q.Limit == 0 {
		q.Limit = 50
	}
	page, err := w.service.List(w.t.Context(), w.by.Account, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Items
}

func names(list []Employee) string {
	all := make([]string, len(list))
	for i, e := range list {
		all[i] = e.Name
	}
	return strings.Join(all, ", ")
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	refusal, ok := apperr.As(err)
	if !ok {
		t.Errorf("error %v, want code %s", err, code)
		return
	}
	if refusal.Code == code {
		return
	}
	for _, f := range refusal.Fields {
		if f.Code == code {
			return
		}
	}
	t.Errorf("error %v %+v, want code %s", err, refusal.Fields, code)
}
