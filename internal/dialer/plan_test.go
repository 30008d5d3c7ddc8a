package dialer

import (
	"encoding/json"
	"errors"
	"fmt"
	"github.com/google/uuid"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/consent"
)

// blocks counts the pages that a statement looks at, run as the dialler runs it.
func (w *world) blocks(sql string, args ...any) int {
	w.t.Helper()
	var plan []struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
		}
	}
	w.must(w.worker.InTx(w.t.Context(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(w.t.Context(), `SELECT `+asWritten); err != nil {
			return err
		}
		var text []byte
		if err := tx.QueryRow(w.t.Context(), `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) `+sql, args...).Scan(&text); err != nil {
			return err
		}
		return json.Unmarshal(text, &plan)
	}))
	return plan[0].Plan.Hit + plan[0].Plan.Read
}

// explain is how a statement would be run.
func (w *world) explain(sql string, args ...any) string {
	w.t.Helper()
	var plan []string
	w.must(w.worker.InTx(w.t.Context(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(w.t.Context(), `SELECT `+asWritten); err != nil {
			return err
		}
		rows, err := tx.Query(w.t.Context(), `EXPLAIN `+sql, args...)
		if err != nil {
			return err
		}
		plan, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	}))
	return strings.Join(plan, "\n")
}

// Of a campaign that was launched a second ago the planner knows nothing, and
// whatever it guesses, each person is found by their key: what the claim and
// the skim look at grows with the people they take, not with its square.
func TestFreshCampaignIsClaimedByKeys(t *testing.T) {
	t.Parallel()
	const people, most = 400, 100 // pages a person
	w := newWorld(t, fast)
	w.people(w.employer("Bolt"), 556, people)
	e := w.employer("Acme")
	w.people(e, 555, people)
	w.launch(e)
	if n := w.blocks(skimSQL(), w.clock.Now(), campaign.DailyCap, skimSize, campaign.QuietPatience); n > most*people {
		t.Errorf("the skim looked at %d pages for %d people", n, people)
	}
	const claims = 64
	if n := w.blocks(claimSQL, w.clock.Now(), claims, time.Now().Add(placeWithin), campaign.DailyCap, claimWindow, someIDs(claims)); n > most*claims {
		t.Errorf("the claim looked at %d pages for %d people", n, claims)
	}
}

// Whatever the planner thinks of how many calls there are, neither claim nor skim
// reads a table that grows from end to end, by an index or without: not for each
// person, and not once. Of ways that cost about the same it takes any.
func TestClaimReadsNoTableFromEndToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	e := w.employer("Acme")
	w.people(e, 555, 20)
	w.launch(e)
	for _, calls := range []int{1, 1_000, 1_000_000} { // on each page of the table, it is told
		w.exec(`UPDATE pg_class SET relpages = 1, reltuples = $1 WHERE oid = 'attempts'::regclass`, calls)
		for name, statement := range map[string]struct {
			sql  string
			args []any
		}{
			"claim": {claimSQL, []any{w.clock.Now(), 500, time.Now().Add(placeWithin), campaign.DailyCap, 700, someIDs(500)}},
			"skim":  {skimSQL(), []any{w.clock.Now(), campaign.DailyCap, skimSize, campaign.QuietPatience}},
		} {
			plan := w.explain(statement.sql, statement.args...)
			for _, table := range []string{"recipients", "attempts", "employees", "phone_gates", "consents", "sender_blocks", "messages"} {
				if regexp.MustCompile(`Seq Scan on ` + table + `\b|Index (Only )?Scan [^\n]* on ` + table + `\b[^\n]*\n *[^ I]`).MatchString(plan) {
					t.Errorf("%s, %d calls a page: reads all %s:\n%s", name, calls, table, plan)
				}
			}
		}
	}
}

// A statement that was planned while the tables were empty must not keep that
// plan: the look for calls that must end would read every recipient for each
// call that lives. PostgreSQL keeps a plan after the fifth run, and from the
// first of a statement without parameters.
func TestPlansOfAnEmptyDatabaseAreNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	d := w.replica(fast, w.pool(1))
	// One of each that the looks go on with: a live call, a queue past its time, one
	// of a cancelled campaign.
	e := w.employer("Acme")
	w.people(e, 555, 3)
	w.launch(e)
	w.dial()
	w.must(w.campaigns.Cancel(t.Context(), e.caller(), w.launch(e)))
	w.exec(`UPDATE recipients SET state = 'pending', finished_at = NULL WHERE state = 'cancelled'`)
	w.exec(`UPDATE campaigns SET dial_until = $1 WHERE id = $2`, w.clock.Now(), w.launch(e))
	for range 7 {
		d.short.Store(true)
		w.must(errors.Join(d.dispatch(t.Context()), d.housekeep(t.Context()), d.followMoves(t.Context()), d.endUnwanted(t.Context()), d.Reconcile(t.Context())))
		_, err := d.Revoke(t.Context(), consent.Revocation{PhoneKey: testKey("+14165550123"), SenderID: w.sender(fmt.Sprintf("+1416777%04d", w.sids)), Kind: consent.OptedOut, Channel: consent.ChannelCarrier})
		w.sids++
		w.must(err)
	}
	rows, err := d.Worker.Query(t.Context(), `SELECT statement FROM pg_prepared_statements WHERE generic_plans > 0 AND statement !~ 'pg_prepared_statements' AND statement ~ 'recipients|attempts|employees|consents|phone_gates|messages'`)
	w.must(err)
	kept, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.must(err)
	for _, statement := range kept {
		t.Errorf("this plan is kept: %s", statement)
	}
}

func someIDs(n int) []uuid.UUID {
	ids, err := newIDs(n)
	if err != nil {
		panic(err)
	}
	return ids
}

// A call's row is written at each of its steps. Its entries in the indexes stay
// as they are while no column changes that one of them asks for, in its keys or in
// its condition; of those that change before the answer none is.
func TestStepsOfACallLeaveItsIndexesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fast)
	rows, err := w.worker.Query(t.Context(), `SELECT DISTINCT a.attname::text FROM pg_depend d JOIN pg_class i ON i.oid = d.objid AND i.relkind = 'i'
		JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.refobjid = 'attempts'::regclass`)
	w.must(err)
	asked, err := pgx.CollectRows(rows, pgx.RowTo[string])
	w.must(err)
	if !slices.Contains(asked, "live") || !slices.Contains(asked, "phone_key") {
		t.Fatalf("the indexes ask for %v: neither keys nor conditions are seen", asked)
	}
	for _, column := range []string{"state", "rank", "call_sid", "placed_at", "ringing_at", "error", "misses", "checked_at", "ending", "end_requested", "heard"} {
		if slices.Contains(asked, column) {
			t.Errorf("an index of calls asks for %s", column)
		}
	}
}
