package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/postgres/pgtest"
)

// tenantTable is a table with rows of accounts, as the catalogue has it.
type tenantTable struct {
	name    string
	account string // the column that names the account; "" where rows are nobody's
	columns []tableColumn
}

type tableColumn struct {
	Name, Type     string
	Required       bool // it has neither a default nor room for NULL
	Nullable       bool
	Adds, Changes  bool // callshu_app may insert it, and read and change it
	AlwaysIdentity bool
}

// Every table that holds rows of accounts, every command, two employers: each
// reads, changes and removes its own rows at most, and adds none to the other.
// The statements are made from the catalogue, so that a new table is tried too.
func TestI9TwoTenantsMeetInNoTable(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	admin := db.Admin()
	bare(t, admin)
	app := db.Open(postgres.RoleApp)
	a, b := uuid.New(), uuid.New()
	tables := tenantTables(t, db)
	if len(tables) < 25 {
		t.Fatalf("only %d tables with rows of accounts", len(tables))
	}
	seen := 0
	for _, table := range tables {
		for i, account := range []any{a, b, nil} {
			if account == nil && !table.nullable() || account != nil && table.account == "" && i > 0 {
				continue
			}
			sql, args := table.insert(account, i, func(c tableColumn) bool { return c.Required || c.Name == table.account })
			if _, err := admin.Exec(t.Context(), sql, args...); err != nil {
				t.Fatalf("fill %s: %v", table.name, err)
			}
		}
		before := rowsOf(t, admin, table, a)
		seen += table.tryAs(t, app, a, b)
		if _, err := count(t.Context(), app, nil, `SELECT count(*) FROM `+table.name, true); err != nil && !isDenied(err) {
			t.Errorf("%s without an account: %v", table.name, err)
		}
		if after := rowsOf(t, admin, table, a); after != before {
			t.Errorf("%s: rows that are not the employer's changed:\n%s\n%s", table.name, before, after)
		}
	}
	if seen < 20 {
		t.Errorf("an employer reads its own rows in %d tables only: too few to say that it reads no others", seen)
	}
}

// bare takes away what is not the matter here and would need true rows: checks,
// foreign keys, triggers.
func bare(t *testing.T, admin *pgx.Conn) {
	t.Helper()
	_, err := admin.Exec(t.Context(), `DO $$ DECLARE c record; BEGIN
		FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f') AND conparentid = 0 LOOP
			EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', c.t, c.conname);
		END LOOP;
		FOR c IN SELECT oid::regclass AS t FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
			EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', c.t);
		END LOOP;
	END $$`)
	if err != nil {
		t.Fatal(err)
	}
}

func tenantTables(t *testing.T, db *pgtest.DB) []tenantTable {
	t.Helper()
	var tables []tenantTable
	for _, name := range column(t, db, `SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity ORDER BY 1`) {
		rows, err := db.Admin().Query(t.Context(), `SELECT attname::text, format_type(atttypid, NULL), attnotnull AND NOT atthasdef AND attidentity = '', NOT attnotnull,
			has_column_privilege('callshu_app', attrelid, attnum, 'INSERT'),
			has_column_privilege('callshu_app', attrelid, attnum, 'UPDATE') AND has_column_privilege('callshu_app', attrelid, attnum, 'SELECT'), attidentity = 'a'
			FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`, name)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[tableColumn])
		if err != nil {
			t.Fatal(err)
		}
		table := tenantTable{name: name, columns: columns}
		switch has := func(c string) bool {
			return slices.ContainsFunc(columns, func(x tableColumn) bool { return x.Name == c })
		}; {
		case name == "accounts":
			table.account = "id"
		case has("account_id"):
			table.account = "account_id"
		case has("chain"):
			table.account = "chain"
		}
		tables = append(tables, table)
	}
	return tables
}

func (table tenantTable) nullable() bool {
	return slices.ContainsFunc(table.columns, func(c tableColumn) bool { return c.Name == table.account && c.Nullable })
}

// insert makes a row of an account from the columns that are wanted; n tells
// its values from those of other rows.
func (table tenantTable) insert(account any, n int, wanted func(tableColumn) bool) (string, []any) {
	var names, values []string
	var args []any
	for _, c := range table.columns {
		if !wanted(c) || c.AlwaysIdentity {
			continue
		}
		names = append(names, `"`+c.Name+`"`)
		if c.Name == table.account {
			args = append(args, account)
			values = append(values, fmt.Sprintf("$%d::text::%s", len(args), c.Type))
			continue
		}
		values = append(values, valueOf(c.Type, n))
	}
	for i, arg := range args {
		if id, ok := arg.(uuid.UUID); ok {
			args[i] = id.String()
		}
	}
	return fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s)`, table.name, strings.Join(names, ", "), strings.Join(values, ", ")), args
}

func valueOf(kind string, n int) string {
	switch {
	case strings.HasSuffix(kind, "[]"):
		return "'{}'"
	case kind == "uuid":
		return "gen_random_uuid()"
	case kind == "bytea":
		return fmt.Sprintf(`'\x0%d'`, n)
	case kind == "jsonb":
		return "'{}'"
	case kind == "boolean":
		return "true"
	case strings.HasPrefix(kind, "timestamp"), kind == "date":
		return fmt.Sprintf("now() + interval '%d days'", n)
	case kind == "interval":
		return "interval '1 s'"
	case kind == "integer", kind == "bigint", kind == "smallint", kind == "numeric", kind == "double precision":
		return fmt.Sprint(n)
	case strings.HasPrefix(kind, "time"):
		return "'12:00'"
	}
	return fmt.Sprintf("'x%d'", n)
}

// rowsOf is what a table holds of everybody but one account.
func rowsOf(t *testing.T, admin *pgx.Conn, table tenantTable, but uuid.UUID) (text string) {
	t.Helper()
	owner := "''"
	if table.account != "" {
		owner = table.account + "::text"
	}
	sql := fmt.Sprintf(`SELECT coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '') FROM %s t WHERE %s IS DISTINCT FROM $1`, table.name, owner)
	if err := admin.QueryRow(t.Context(), sql, but.String()).Scan(&text); err != nil {
		t.Fatal(err)
	}
	if text == "" {
		t.Fatalf("%s holds nothing of another account", table.name)
	}
	return text
}

func isDenied(err error) bool { return strings.Contains(err.Error(), "42501") }

// count runs a statement as an account, or as none, and returns how many rows it
// touched or counted. Nothing of it stays.
func count(ctx context.Context, app *postgres.Pool, account *uuid.UUID, sql string, counts bool, args ...any) (n int64, err error) {
	tx, err := app.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback(ctx) //nolint:errcheck // as intended
	if account != nil {
		if _, err := tx.Exec(ctx, `SELECT set_config('app.account_id', $1, true)`, account.String()); err != nil {
			return 0, err
		}
	}
	if counts {
		err = tx.QueryRow(ctx, sql, args...).Scan(&n)
		return n, err
	}
	tag, err := tx.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

// tryAs tries every command as account a, whose row and those of b and of
// nobody are there. It returns 1 if a reads its own row.
func (table tenantTable) tryAs(t *testing.T, app *postgres.Pool, a, b uuid.UUID) int {
	t.Helper()
	own := func(what, sql string, counts bool) int {
		n, err := count(t.Context(), app, &a, sql, counts)
		switch {
		case err != nil && !isDenied(err):
			t.Errorf("%s %s: %v", what, table.name, err)
		case n > 1 || n > 0 && table.account == "":
			t.Errorf("%s %s reaches %d rows, one of which is the employer's", what, table.name, n)
		}
		return int(n)
	}
	seen := own("SELECT", `SELECT count(*) FROM `+table.name, true)
	none, err := count(t.Context(), app, nil, `SELECT count(*) FROM `+table.name, true)
	if err == nil && none != 0 {
		t.Errorf("%s shows %d rows to a connection without an account", table.name, none)
	}
	own("DELETE", `DELETE FROM `+table.name, false)
	for _, c := range table.columns {
		if c.Changes {
			own("UPDATE "+c.Name, fmt.Sprintf(`UPDATE %s SET %q = %q`, table.name, c.Name, c.Name), false)
		}
	}
	refused := func(what, sql string, args ...any) {
		if n, err := count(t.Context(), app, &a, sql, false, args...); err == nil && n > 0 || err != nil && !isDenied(err) {
			t.Errorf("%s %s: %d rows, %v; want permission denied", what, table.name, n, err)
		}
	}
	add := func(what string, account any, n int) {
		sql, args := table.insert(account, n, func(c tableColumn) bool { return c.Adds && (c.Required || c.Name == table.account) })
		refused(what, strings.Replace(sql, " () VALUES ()", " DEFAULT VALUES", 1), args...)
	}
	if table.account != "" {
		refused("give away", fmt.Sprintf(`UPDATE %s SET %q = $1`, table.name, table.account), b.String())
	}
	add("add to another's", b, 7)
	if table.nullable() {
		add("add to the platform's", nil, 8)
	}
	return seen
}
