package account_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/crypto/bcrypt"

	"github.com/callshu/callshu/internal/account"
	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
	"github.com/callshu/callshu/internal/queue"
	"github.com/callshu/callshu/internal/seal"
)

const (
	theirs = "tigers eat mangos at dawn"
	owners = "purple teapot gravel sunset"
	email  = "zoe@maisonverte.example"
)

type desk struct {
	admin   *pgx.Conn
	auth    *auth.Service
	account *account.Service
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	db := pgtest.New(t)
	now := clock.NewManual(time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC))
	worker := db.Open(postgres.RoleWorker)
	jobs, err := queue.New(worker.Pool)
	if err != nil {
		t.Fatal(err)
	}
	hasher, err := auth.NewHasher(bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	signing, err := seal.ParseList("j1:" + strings.Repeat("J", 43))
	if err != nil {
		t.Fatal(err)
	}
	outbox := mail.NewOutbox(jobs, now)
	d := &desk{admin: db.Admin()}
	app := db.Open(postgres.RoleApp)
	d.auth = auth.New(auth.Deps{App: app, Worker: worker, Clock: now, Machine: clock.Real{}, Mail: outbox, Hasher: hasher, JWTKeys: signing, PublicURL: "https://app.callshu.test"})
	d.account = account.New(account.Deps{App: app, Blocked: consent.Blocked, Operator: db.Open(postgres.RoleOperator), Worker: worker, Clock: now, Auth: d.auth, Mail: outbox,
		ValidZone: func(string) bool { return true }, PublicURL: "https://app.callshu.test", OpsEmail: "ops@callshu.test"})
	return d
}

func application(legalName, password string) account.Application {
	return account.Application{LegalName: legalName, SpokenName: "Maison Verte", RegistryNumber: "1173456789", Country: "CA", Province: "QC",
		Website: "https://maisonverte.example", EmployeeCount: 40, UseCase: "Closures of the plant and changed shifts.", CallbackNumber: "514-555-0101",
		ContactAddress: "1 rue Principale, Montreal QC", Attestation: true, Name: "Zoe", Email: email, Phone: "514-555-0101", Password: password}
}

var linkToken = regexp.MustCompile(`#token=([\w-]+)`)

func (d *desk) links(t *testing.T) []string {
	t.Helper()
	rows, err := d.admin.Query(t.Context(), `SELECT data::text FROM mails WHERE template = 'verify_email' ORDER BY data->>'legal_name'`)
	if err != nil {
		t.Fatal(err)
	}
	letters, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var tokens []string
	for _, letter := range letters {
		tokens = append(tokens, linkToken.FindStringSubmatch(letter)[1])
	}
	return tokens
}

// A stranger who registers somebody's address with his own password must not
// come in once its owner confirms.
func TestOwnerOfAnAddressNeverConfirmsAStrangersPassword(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	stranger, owner := auth.Client{IP: "192.0.2.1"}, auth.Client{IP: "192.0.2.2"}
	if err := d.account.Register(t.Context(), stranger, application("A Stranger Inc.", theirs)); err != nil {
		t.Fatal(err)
	}
	if err := d.account.Register(t.Context(), owner, application("Maison Verte Inc.", owners)); err != nil {
		t.Fatal(err)
	}
	links := d.links(t)
	if len(links) != 2 {
		t.Fatalf("%d links, want one for each registration, each naming its own company", len(links))
	}
	if err := d.account.VerifyEmail(t.Context(), owner, links[0]); !apperr.HasCode(err, "token_gone") {
		t.Errorf("the link of the replaced registration: %v", err)
	}
	if err := d.account.VerifyEmail(t.Context(), owner, links[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := d.auth.Login(t.Context(), stranger, auth.Credentials{Email: email, Password: theirs}); !apperr.HasCode(err, "bad_credentials") {
		t.Errorf("the stranger's password: %v", err)
	}
	if _, err := d.auth.Login(t.Context(), owner, auth.Credentials{Email: email, Password: owners}); err != nil {
		t.Errorf("the owner's password: %v", err)
	}
	var name, ip string
	var replaced int
	err := d.admin.QueryRow(t.Context(), `SELECT legal_name, attested_ip, (SELECT count(*) FROM audit_events WHERE action = 'account.registered' AND detail->>'replaced' = 'true') FROM accounts`).Scan(&name, &ip, &replaced)
	if err != nil || name != "Maison Verte Inc." || ip != owner.IP || replaced != 1 {
		t.Errorf("account %q attested from %s, %d replacements in the log, %v", name, ip, replaced, err)
	}
}

func TestRegisteringAConfirmedAddressChangesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner := auth.Client{IP: "192.0.2.2"}
	if err := d.account.Register(t.Context(), owner, application("Maison Verte Inc.", owners)); err != nil {
		t.Fatal(err)
	}
	if err := d.account.VerifyEmail(t.Context(), owner, d.links(t)[0]); err != nil {
		t.Fatal(err)
	}
	if err := d.account.Register(t.Context(), auth.Client{IP: "192.0.2.1"}, application("A Stranger Inc.", theirs)); err != nil {
		t.Fatal(err)
	}
	if _, err := d.auth.Login(t.Context(), owner, auth.Credentials{Email: email, Password: owners}); err != nil {
		t.Errorf("the owner's password: %v", err)
	}
	var name string
	if err := d.admin.QueryRow(t.Context(), `SELECT legal_name FROM accounts`).Scan(&name); err != nil || name != "Maison Verte Inc." {
		t.Errorf("account %q, %v", name, err)
	}
}

// Beyond the mails that strangers may cause, an older link must not stay good
// for data that came later.
func TestNoLinkOutlivesTheRegistrationItWasSentFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for n := range 8 {
		client := auth.Client{IP: "192.0.2." + string(rune('1'+n))}
		if err := d.account.Register(t.Context(), client, application("Company "+string(rune('A'+n)), theirs)); err != nil {
			t.Fatal(err)
		}
	}
	links := d.links(t)
	if len(links) != 6 {
		t.Errorf("%d mails, want the first and five that registering again may cause", len(links))
	}
	for _, link := range links {
		if err := d.account.VerifyEmail(t.Context(), auth.Client{IP: "192.0.2.9"}, link); !apperr.HasCode(err, "token_gone") {
			t.Errorf("a link of a replaced registration: %v", err)
		}
	}
}

func TestARejectedApplicantCanAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner := auth.Client{IP: "192.0.2.2"}
	if err := d.account.Register(t.Context(), owner, application("Maison Verte Inc.", owners)); err != nil {
		t.Fatal(err)
	}
	link := d.links(t)[0]
	if err := d.account.VerifyEmail(t.Context(), owner, link); err != nil {
		t.Fatal(err)
	}
	id, err := d.auth.TokenAccount(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.account.Reject(t.Context(), account.Reviewer{}, id, "There is no such company in the registry."); err != nil {
		t.Fatal(err)
	}
	var answers string
	err = d.admin.QueryRow(t.Context(), `SELECT coalesce(data->>'reply_to', '') FROM mails WHERE template = 'account_rejected'`).Scan(&answers)
	if err != nil || answers != "ops@callshu.test" {
		t.Errorf("answers go to %q, %v", answers, err)
	}
}
