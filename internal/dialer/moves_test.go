package dialer

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
)

// In which zone somebody's calls are planned.
const (
	inToronto   = "CA|America/Toronto|"
	inVancouver = "CA|America/Toronto|America/Vancouver"
)

// mover is two replicas and a launched campaign of two people in Toronto, which
// both replicas have looked at.
type mover struct {
	*world
	employer
	other *Dialer
	id    uuid.UUID
}

// Who is put elsewhere, and who stays.
const (
	moving  = "+14165550101"
	staying = "+14165550102"
)

func newMover(t *testing.T) *mover {
	t.Helper()
	w := newWorld(t, fast)
	m := &mover{world: w, employer: w.employer("Acme"), other: w.replica(fast, w.pool(4))}
	w.person(m.employer, moving)
	w.person(m.employer, staying)
	m.id = w.launch(m.employer)
	m.followed(w.dialer, m.other)
	return m
}

func (m *mover) followed(replicas ...*Dialer) {
	m.t.Helper()
	for _, d := range replicas {
		m.must(d.followMoves(m.t.Context()))
	}
}

// put is the statement that moves somebody, which a test may leave uncommitted.
func put(zone string) string {
	return fmt.Sprintf(`UPDATE employees SET time_zone = '%s' WHERE phone = '%s'`, zone, moving)
}

// alone waits until no transaction is left that began before the move, also of
// other tests: while there is one, every look finds the move again, and a test
// of what is forgotten proves less.
func (m *mover) alone() {
	m.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if query[bool](m.world, `SELECT pg_snapshot_xmin(pg_current_snapshot()) > max(moved_in) FROM employees`) {
			return
		}
	}
}

func (m *mover) wantZone(want string) {
	m.t.Helper()
	if got := query[string](m.world, `SELECT call_zone FROM recipients WHERE phone_key = $1`, testKey(moving)); got != want {
		m.t.Fatalf("calls are planned in %q, want %q", got, want)
	}
	if got := query[string](m.world, `SELECT call_zone FROM recipients WHERE phone_key = $1`, testKey(staying)); got != inToronto {
		m.t.Fatalf("who stayed is called by the hours of %q", got)
	}
}

// Whichever replica looks first follows, as often as somebody moves.
func TestI6EveryReplicaFollowsMoves(t *testing.T) {
	t.Parallel()
	m := newMover(t)
	for _, d := range []*Dialer{m.dialer, m.other, m.dialer} {
		m.exec(put("America/Vancouver"))
		m.followed(d)
		m.wantZone(inVancouver)
		m.exec(put(""))
		m.followed(m.other)
		m.wantZone(inToronto)
	}
}

// A move may be committed long after a later one, and after looks that could
// not see it.
func TestI6FollowsAMoveThatIsCommittedLate(t *testing.T) {
	t.Parallel()
	m := newMover(t)
	m.exec(`BEGIN`)
	m.exec(put("America/Vancouver"))
	_, err := m.worker.Exec(t.Context(), `UPDATE pace SET next_at = next_at`) // of somebody else, later and committed first
	m.must(err)
	m.followed(m.dialer, m.dialer)
	m.exec(`COMMIT`)
	m.followed(m.dialer)
	m.wantZone(inVancouver)
}

// A launch that read somebody's zone before they moved may be committed after a
// look that saw the move and not the campaign.
func TestI6FollowsAMoveDuringALaunch(t *testing.T) {
	t.Parallel()
	m := newMover(t)
	draft := m.draft(m.employer)
	_, plan, err := m.campaigns.Plan(t.Context(), m.employer.id, draft)
	m.must(err)
	m.exec(put("America/Vancouver"))
	m.alone()
	m.followed(m.dialer, m.dialer)
	m.exec(`UPDATE employees SET name = name || ' again'`) // no move
	_, err = m.campaigns.Launch(t.Context(), m.caller(), draft, plan.Hash)
	m.must(err)
	m.exec(`UPDATE recipients SET call_zone = $2 WHERE campaign_id = $1`, draft, inToronto) // as it read them
	m.exec(`UPDATE recipients SET state = 'cancelled', finished_at = updated_at WHERE campaign_id <> $1`, draft)
	m.followed(m.dialer)
	m.wantZone(inVancouver)
}

// Whom somebody holds at the moment of a look is not forgotten.
func TestI6FollowsWhomSomebodyHeld(t *testing.T) {
	t.Parallel()
	m := newMover(t)
	m.exec(put("America/Vancouver"))
	m.alone()
	m.exec(`BEGIN`)
	m.exec(`SELECT FROM recipients FOR UPDATE`)
	m.followed(m.dialer, m.dialer)
	m.exec(`COMMIT`)
	m.wantZone(inToronto)
	m.followed(m.dialer)
	m.wantZone(inVancouver)
}

// A look costs by how many have moved, not by how many wait, also when nobody
// has analysed the tables.
func TestMovesAreFoundByThemselves(t *testing.T) {
	t.Parallel()
	const people, most = 400, 60 // pages
	m := newMover(t)
	m.people(m.employer, 556, people)
	m.launch(m.employer)
	m.followed(m.dialer)
	m.exec(put("America/Vancouver"))
	if n := m.blocks(`SELECT DISTINCT e.call_zone FROM `+movedSinceSQL, m.dialer.followed.before); n > most {
		t.Errorf("a look at one who moved read %d pages", n)
	}
	m.followed(m.dialer)
	m.wantZone(inVancouver)
	// Nobody may do that, and it is not seen: who has not moved is not looked at.
	m.exec(`UPDATE recipients SET call_zone = $2 WHERE phone_key = $1`, testKey(staying), inVancouver)
	m.followed(m.dialer)
	if n := query[int](m.world, `SELECT count(*) FROM recipients WHERE phone_key = $1 AND call_zone = $2`, testKey(staying), inVancouver); n != 2 {
		t.Errorf("somebody was looked at who has not moved")
	}
}
