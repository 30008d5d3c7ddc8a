package dialer

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/campaign"
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
		if _, err := tx.Exec(w.t.Context(), `SELECT `+joinsAsWritten); err != nil {
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
	if n := w.blocks(skimSQL, w.clock.Now(), dailyCap, skimSize, campaign.QuietPatience); n > most*people {
		t.Errorf("the skim looked at %d pages for %d people", n, people)
	}
	const claims = 64
	if n := w.blocks(claimSQL, w.clock.Now(), claims, time.Now().Add(placeWithin), dailyCap, claimWindow); n > most*claims {
		t.Errorf("the claim looked at %d pages for %d people", n, claims)
	}
}
