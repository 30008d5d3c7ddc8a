package employee

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// written are all rows of the account's people, of what is said to them and of
// the log.
func (w *world) written() (sum string) {
	w.t.Helper()
	err := w.admin.QueryRow(w.t.Context(), `SELECT coalesce(md5(string_agg(x, '|')), '') FROM (SELECT e::text AS x FROM employees e UNION ALL SELECT i::text FROM imports i
		UNION ALL SELECT c::text FROM consents c UNION ALL SELECT v::text FROM consent_events v UNION ALL SELECT m::text FROM messages m
		UNION ALL SELECT g::text FROM phone_gates g UNION ALL SELECT a::text FROM audit_events a ORDER BY 1) y`).Scan(&sum)
	if err != nil {
		w.t.Fatal(err)
	}
	return sum
}

// What jobs do stands in the log or did not happen: with the log closed to them,
// nobody comes on a list by one or leaves it, and nobody is asked.
func TestI10NoJobWithoutItsRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.take(list(0, 10))
	w.clock.Advance(time.Hour)
	up := w.check(list(5, 20))
	// Without invitations, which have a row of their own.
	if _, err := w.service.Confirm(t.Context(), w.by, up.ID, Confirmation{Attestation: statement}); err != nil {
		t.Fatal(err)
	}
	jobs := []struct {
		action string
		run    func(id uuid.UUID) error
	}{
		{"employees.imported", func(id uuid.UUID) error {
			return w.service.RunImport(t.Context(), TakeFile{w.by.Account, id}, 1)
		}},
		{"employees.archived", func(id uuid.UUID) error {
			return w.service.RunArchive(t.Context(), ArchiveGone{w.by.Account, id})
		}},
	}
	for _, job := range jobs {
		w.exec(`REVOKE INSERT ON audit_events FROM callshu_app, callshu_worker`)
		before := w.written()
		if err := job.run(up.ID); err == nil {
			t.Errorf("without the row %s the job has ended", job.action)
		}
		if w.written() != before {
			t.Errorf("something was written without the row %s", job.action)
		}
		w.exec(`GRANT INSERT ON audit_events TO callshu_app, callshu_worker`)
		if err := job.run(up.ID); err != nil {
			t.Fatal(err)
		}
		if n := w.count(`FROM audit_events WHERE action = $1 AND subject_id = $2 AND actor_id = $3`, job.action, up.ID.String(), w.by.Actor.ID); n != 1 || w.written() == before {
			t.Errorf("%d rows of %s, or nothing was done", n, job.action)
		}
		if job.action == "employees.imported" {
			if _, err := w.service.ArchiveGone(t.Context(), w.by, up.ID, 5); err != nil {
				t.Fatal(err)
			}
		}
	}
	if f := w.found(up.ID); f.New != 10 || f.Archived != 5 {
		t.Errorf("%s, %d archived", f.counts(), f.Archived)
	}
}
