package consent

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"

	"github.com/callshu/callshu/internal/audit"
)

// The trigger and Apply are one function, and the trigger refuses exactly what
// is not Allowed.
func TestI1ApplyIsTheTrigger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.employer("Mill", w.sender("+14165550199"))
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		key := testKey(fmt.Sprint("round ", round))
		kinds := rapid.SliceOfN(rapid.SampledFrom(Kinds()), 1, 12).Draw(rt, "kinds")
		state := StateNone
		var kept []Kind
		for _, kind := range kinds {
			err := w.worker.InTx(t.Context(), func(tx pgx.Tx) error {
				if err := EnsureGates(t.Context(), tx, [][]byte{key}); err != nil {
					return err
				}
				_, err := Append(t.Context(), tx, Event{Account: e.id, PhoneKey: key, Kind: kind, Channel: ChannelSystem, At: w.clock.Now(), Actor: audit.SystemActor("test")})
				return err
			})
			var pg *pgconn.PgError
			refused := errors.As(err, &pg) && pg.Code == "23514" && pg.ConstraintName == "consent_step"
			if err != nil && !refused {
				rt.Fatal(err)
			}
			if refused == Allowed(state, kind) {
				rt.Fatalf("%s in state %s: refused %v, allowed %v", kind, state, refused, Allowed(state, kind))
			}
			if refused {
				continue
			}
			kept = append(kept, kind)
			state = Apply(state, kind)
			var stored State
			if err := w.admin.QueryRow(t.Context(), `SELECT coalesce((SELECT state FROM consents WHERE phone_key = $1), 'none')`, key).Scan(&stored); err != nil {
				rt.Fatal(err)
			}
			if stored != state {
				rt.Fatalf("after %v the table says %s, Apply says %s", kept, stored, state)
			}
		}
		if got := Derive(kept); got != state {
			rt.Fatalf("Derive(%v) = %s, want %s", kept, got, state)
		}
	})
}

func TestApplyIsTotal(t *testing.T) {
	for _, state := range append(States(), "nonsense") {
		for _, kind := range append(Kinds(), "nonsense") {
			next := Apply(state, kind)
			if kind != "nonsense" && state != "nonsense" && next != state && !contains(States(), next) {
				t.Errorf("Apply(%s, %s) = %s", state, kind, next)
			}
			// I1: only an answer to an open invitation opts in.
			if next == StateOptedIn && state != StateOptedIn && (kind != OptedIn || state != StateInvited) {
				t.Errorf("%s in state %s opts in", kind, state)
			}
		}
	}
}

func contains[T comparable](list []T, wanted T) bool {
	for _, v := range list {
		if v == wanted {
			return true
		}
	}
	return false
}

// Adding an opt-out anywhere never makes somebody callable, and as the newest
// event it makes nobody callable, whatever came before.
func TestI1AnOptOutNeverMakesCallable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		kinds := rapid.SliceOf(rapid.SampledFrom(Kinds())).Draw(rt, "kinds")
		out := rapid.SampledFrom([]Kind{OptedOut, NotMe}).Draw(rt, "opt-out")
		at := rapid.IntRange(0, len(kinds)).Draw(rt, "at")
		with := append(append(append([]Kind{}, kinds[:at]...), out), kinds[at:]...)
		facts := Facts{Gone: rapid.Bool().Draw(rt, "gone"), PhoneStopped: rapid.Bool().Draw(rt, "stopped"), SenderBlocked: rapid.Bool().Draw(rt, "blocked")}
		before, after := facts, facts
		before.State, after.State = Derive(kinds), Derive(with)
		if Decide(before) != Callable && Decide(after) == Callable {
			rt.Fatalf("%v is not callable, %v is", kinds, with)
		}
		last := facts
		last.State = Derive(append(append([]Kind{}, kinds...), out))
		if Decide(last) == Callable {
			rt.Fatalf("callable after %v and %s", kinds, out)
		}
		// Seen twice in a row, an event does what it does once.
		for i, kind := range kinds {
			if state := Derive(kinds[:i]); Apply(Apply(state, kind), kind) != Apply(state, kind) {
				rt.Fatalf("%s twice in state %s differs from once", kind, state)
			}
		}
	})
}

func TestI1OnlyAnOpenGateAndAnOptInMakeCallable(t *testing.T) {
	for _, state := range append(States(), "nonsense") {
		for _, gone := range []bool{false, true} {
			for _, stopped := range []bool{false, true} {
				for _, blocked := range []bool{false, true} {
					got := Decide(Facts{Gone: gone, PhoneStopped: stopped, SenderBlocked: blocked, State: state})
					want := state == StateOptedIn && !gone && !stopped && !blocked
					if (got == Callable) != want {
						t.Errorf("state %s gone %v stopped %v blocked %v: %q", state, gone, stopped, blocked, got)
					}
				}
			}
		}
	}
}

// I1 in the database: no tenant can write any event but its own attestations
// and erasures, and none of anybody else's.
func TestI1TenantCannotWriteConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sender := w.sender("+14165550199")
	mill, farm := w.employer("Mill", sender), w.employer("Farm", sender)
	const number = "+14165550101"
	w.invited(mill, number, "en")
	for _, kind := range Kinds() {
		for _, account := range []employer{mill, farm} {
			err := w.app.InAccount(t.Context(), mill.id, func(tx pgx.Tx) error {
				_, err := Append(t.Context(), tx, Event{Account: account.id, PhoneKey: testKey(number), Kind: kind, Channel: ChannelWeb, At: w.clock.Now(), Actor: mill.actor()})
				return err
			})
			var pg *pgconn.PgError
			refused := errors.As(err, &pg) && pg.Code == "42501"
			allowed := account.id == mill.id && (kind == Attested || kind == Erased)
			if allowed && err != nil || !allowed && !refused {
				t.Errorf("%s for %s: %v", kind, account.name, err)
			}
		}
	}
	for _, sql := range []string{
		`UPDATE consents SET state = 'opted_in'`, `INSERT INTO consents VALUES ('` + mill.id.String() + `', 'x', 'opted_in', 1, now())`,
		`UPDATE consent_events SET kind = 'opted_in'`, `DELETE FROM consent_events`, `DELETE FROM sender_blocks`, `UPDATE phone_gates SET stopped_at = NULL`,
		`UPDATE messages SET asked_after = 0`,
	} {
		err := w.app.InAccount(t.Context(), mill.id, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), sql)
			return err
		})
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("%s: %v, want permission denied", sql, err)
		}
	}
}
