package postgres_test

import (
	"bytes"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

// What pg_dump asks of a server, the backup's role gets, in one snapshot: a lock
// on every table, its rows, byte for byte those that the superuser copies, and
// every sequence. It needs no program of the server's version, so that it is
// tried on every version that we run on (I12).
func TestI12TheBackupRoleCopiesEveryRow(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	admin := db.Admin()
	bare(t, admin)
	filled := tenantTables(t, db)
	for _, table := range filled {
		for i, account := range []any{uuid.New(), uuid.New(), nil} {
			if account == nil && !table.nullable() {
				continue
			}
			sql, args := table.insert(account, i, func(c tableColumn) bool { return c.Required || c.Name == table.account })
			if _, err := admin.Exec(t.Context(), sql, args...); err != nil {
				t.Fatalf("fill %s: %v", table.name, err)
			}
		}
	}
	tables := column(t, db, `SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`)
	backup := db.Open(postgres.RoleBackup)
	err := backup.InTx(t.Context(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`); err != nil {
			return err
		}
		for _, table := range tables {
			if _, err := tx.Exec(t.Context(), `LOCK TABLE `+table+` IN ACCESS SHARE MODE`); err != nil {
				return err
			}
		}
		for _, table := range tables {
			got, want := copied(t, tx.Conn(), table), copied(t, admin, table)
			if !bytes.Equal(got, want) {
				t.Errorf("of %s the backup gets %d bytes of %d", table, len(got), len(want))
			}
		}
		for _, table := range filled {
			if len(copied(t, tx.Conn(), table.name)) == 0 {
				t.Errorf("%s is empty: nothing was shown of it", table.name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, sequence := range column(t, db, `SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'`) {
		if _, err := backup.Exec(t.Context(), `SELECT last_value, is_called FROM `+sequence); err != nil {
			t.Errorf("sequence %s: %v", sequence, err)
		}
	}
}

func copied(t *testing.T, conn *pgx.Conn, table string) []byte {
	t.Helper()
	var rows bytes.Buffer
	if _, err := conn.PgConn().CopyTo(t.Context(), &rows, `COPY (SELECT * FROM `+table+` t ORDER BY t::text) TO STDOUT`); err != nil {
		t.Fatalf("copy %s: %v", table, err)
	}
	return rows.Bytes()
}
