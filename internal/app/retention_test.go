package app_test

import "testing"

// The daily job of the running product empties old reports' files and finishes
// the erasures of accounts that are not on hold any more.
func TestC38TheProductForgetsDaily(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	p.signUp("zoe@northwind.example", "Northwind")
	admin := p.admin()
	for _, sql := range []string{
		`WITH r AS (INSERT INTO reports (week_start, week_end, events, late, through_id, head, chains, seals, made_at, delivered_at)
			VALUES (now() - interval '807 days', now() - interval '800 days', 1, 0, 1, '', 0, 0, now() - interval '800 days', now()) RETURNING id)
			INSERT INTO report_files (report_id, position, kind, part, parts, name, size, sha256, rows, body) SELECT id, 0, 'csv', 1, 1, 'old.csv', 1, 'x', 1, 'x' FROM r`,
		// No week since is due.
		`INSERT INTO reports (week_start, week_end, events, late, through_id, head, chains, seals, made_at, delivered_at)
			VALUES (now(), now() + interval '90 days', 1, 0, 1, '', 0, 0, now(), now())`,
		`INSERT INTO held_erasures (account_id, employee_id, erased_at, events, texts, replies) SELECT id, id, now(), '[]', '[]', '[]' FROM accounts`,
		`INSERT INTO river_job (kind, args, max_attempts, queue, state, priority, scheduled_at) VALUES ('audit_retention', '{}', 1, 'default', 'available', 1, now())`,
	} {
		if tag, err := admin.Exec(t.Context(), sql); err != nil || tag.RowsAffected() != 1 {
			t.Fatalf("%s: %v, %v", sql, tag, err)
		}
	}
	p.eventually("the old file to go", `SELECT NOT EXISTS (SELECT FROM report_files WHERE body IS NOT NULL)`)
	p.eventually("the erasure to be finished", `SELECT NOT EXISTS (SELECT FROM held_erasures)`)
}
