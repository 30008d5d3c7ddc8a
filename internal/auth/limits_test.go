package auth_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

var monday = time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)

// Five previews in any 15 minutes of one account, exactly, also at once and on two replicas.
func TestPreviewLimitIsExact(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	now := clock.NewManual(monday)
	limits := auth.New(auth.Deps{App: db.Open(postgres.RoleApp), Clock: now}).Limits
	replicas := []*postgres.Pool{db.Open(postgres.RoleWorker), db.Open(postgres.RoleWorker)}
	account, other := uuid.New(), uuid.New()
	burst := func(account uuid.UUID) int {
		var passed atomic.Int32
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				err := replicas[i%2].InTx(t.Context(), func(tx pgx.Tx) error { return limits.Preview(account)(t.Context(), tx) })
				switch refusal, _ := apperr.As(err); {
				case err == nil:
					passed.Add(1)
				case refusal == nil || refusal.Kind != apperr.TooMany || refusal.RetryAfter <= 0 || refusal.RetryAfter > 15*time.Minute:
					t.Errorf("refused by %v", err)
				}
			})
		}
		group.Wait()
		return int(passed.Load())
	}
	if n := burst(account); n != 5 {
		t.Errorf("%d of 20 passed, want 5", n)
	}
	if n := burst(other); n != 5 {
		t.Errorf("%d of another account passed, want 5", n)
	}
	now.Advance(15*time.Minute - time.Microsecond)
	if n := burst(account); n != 0 {
		t.Errorf("%d passed before 15 minutes were over", n)
	}
	now.Advance(time.Microsecond)
	if n := burst(account); n != 5 {
		t.Errorf("%d passed after 15 minutes, want 5", n)
	}
}

// A preview that is refused after its turn was taken rang nobody, and has taken
// nothing: who waits for it passes.
func TestRefusedPreviewsTakeNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	limits := auth.New(auth.Deps{App: db.Open(postgres.RoleApp), Clock: clock.NewManual(monday)}).Limits
	worker, account := db.Open(postgres.RoleWorker), uuid.New()
	preview := func(after error) error {
		return worker.InTx(t.Context(), func(tx pgx.Tx) error {
			if err := limits.Preview(account)(t.Context(), tx); err != nil {
				return err
			}
			return after
		})
	}
	refused := apperr.New(apperr.Conflict, "phone_in_call", "Your phone is in a call of ours at this moment.")
	var group sync.WaitGroup
	var passed, tooMany atomic.Int32
	for i := range 30 {
		group.Go(func() {
			var after error
			if i%2 == 0 {
				after = refused
			}
			switch err := preview(after); {
			case err == nil:
				passed.Add(1)
			case apperr.HasCode(err, "too_many_requests"):
				tooMany.Add(1)
			case !apperr.HasCode(err, "phone_in_call"):
				t.Errorf("refused by %v", err)
			}
		})
	}
	group.Wait()
	if passed.Load() != 5 || tooMany.Load() < 10 {
		t.Errorf("%d passed and %d were too many, want 5 and at least the other 10", passed.Load(), tooMany.Load())
	}
}

// Who tried what is not remembered for longer than a limit needs it.
func TestStaleHitsAreForgotten(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	now := clock.NewManual(monday)
	limits := auth.New(auth.Deps{App: db.Open(postgres.RoleApp), Clock: now}).Limits
	for _, ip := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"} {
		if _, err := limits.Auth(t.Context(), ip); err != nil {
			t.Fatal(err)
		}
	}
	now.Advance(25*time.Hour + time.Second)
	if _, err := limits.Auth(t.Context(), "192.0.2.9"); err != nil {
		t.Fatal(err)
	}
	var keys int
	if err := db.Admin().QueryRow(t.Context(), `SELECT count(*) FROM rate_hits`).Scan(&keys); err != nil || keys != 1 {
		t.Errorf("%d hits are kept, %v; want the newest only", keys, err)
	}
}
