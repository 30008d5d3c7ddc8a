package postgres

import (
	"context"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// The database roles. Each process pool logs in as one of the last four;
// nobody logs in as the owner or the definer.
const (
	RoleOwner    = "callshu_owner"    // owns every object; NOLOGIN
	RoleDefiner  = "callshu_definer"  // owns the SECURITY DEFINER functions; NOLOGIN
	RoleApp      = "callshu_app"      // tenant requests, bound to one account by row-level security
	RoleOperator = "callshu_operator" // the operator console
	RoleWorker   = "callshu_worker"   // dialler, webhooks, jobs
	RoleBackup   = "callshu_backup"   // reads everything, changes nothing
)

var loginRoles = []string{RoleApp, RoleOperator, RoleWorker, RoleBackup}

// ensureRoles creates the cluster-wide roles and gives login roles the
// passwords of the configured URLs. It is safe to repeat and to run from
// several processes at once (the caller holds the migration lock of one
// database only, hence the advisory lock and the tolerance of a lost race).
func ensureRoles(ctx context.Context, conn *pgx.Conn, passwords map[string]string) error {
	// The owner inherits from the definer: it replaces and drops the definer's functions.
	if err := createRole(ctx, conn, RoleOwner, "NOLOGIN INHERIT"); err != nil {
		return err
	}
	if err := createRole(ctx, conn, RoleDefiner, "NOLOGIN NOINHERIT"); err != nil {
		return err
	}
	for _, role := range loginRoles {
		if err := createRole(ctx, conn, role, "LOGIN NOINHERIT"); err != nil {
			return err
		}
		if password, ok := passwords[role]; ok {
			if err := setPassword(ctx, conn, role, password); err != nil {
				return err
			}
		}
	}
	return nil
}

func createRole(ctx context.Context, conn *pgx.Conn, role, attributes string) error {
	// Two databases of one cluster may be migrated at once: whoever loses the race is content.
	sql := fmt.Sprintf(`DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%[1]s') THEN
			CREATE ROLE %[1]s %[2]s NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB;
		END IF;
	EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
	END $$`, role, attributes)
	if _, err := conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("create role %s: %w", role, err)
	}
	return nil
}

func setPassword(ctx context.Context, conn *pgx.Conn, role, password string) error {
	// The server makes the verifier of what it is told, and may still be set to make a weak one.
	if _, err := conn.Exec(ctx, `SET password_encryption = 'scram-sha-256'`); err != nil {
		return fmt.Errorf("set password of %s: %w", role, err)
	}
	var sql string
	err := conn.QueryRow(ctx, `SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)`, role, password).Scan(&sql)
	if err == nil {
		_, err = conn.Exec(ctx, sql)
	}
	if err != nil {
		return fmt.Errorf("set password of %s: %w", role, err)
	}
	return nil
}

// prepareDatabase lets the owner create objects in this database and shuts
// everybody else out of it.
func prepareDatabase(ctx context.Context, conn *pgx.Conn) error {
	statements := []string{
		fmt.Sprintf(`GRANT %s, %s, %s TO CURRENT_USER`, RoleOwner, RoleDefiner, RoleOperator),
		fmt.Sprintf(`GRANT %s TO %s`, RoleDefiner, RoleOwner),
		`REVOKE ALL ON SCHEMA public FROM PUBLIC`,
		fmt.Sprintf(`GRANT CREATE, USAGE ON SCHEMA public TO %s, %s`, RoleOwner, RoleDefiner),
		fmt.Sprintf(`GRANT USAGE ON SCHEMA public TO %s, %s, %s, %s`, RoleApp, RoleOperator, RoleWorker, RoleBackup),
		fmt.Sprintf(`DO $$ BEGIN
			EXECUTE format('REVOKE ALL ON DATABASE %%I FROM PUBLIC', current_database());
			EXECUTE format('GRANT CONNECT ON DATABASE %%I TO %s, %s, %s, %s', current_database());
			EXECUTE format('GRANT CREATE ON DATABASE %%I TO %s', current_database());
		END $$`, RoleApp, RoleOperator, RoleWorker, RoleBackup, RoleOwner),
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("prepare database: %w", err)
		}
	}
	return nil
}

// PasswordsOf collects the passwords that the given connection URLs name for
// our login roles; `callshu migrate` sets just these.
func PasswordsOf(urls ...string) (map[string]string, error) {
	passwords := map[string]string{}
	for _, raw := range urls {
		if raw == "" {
			continue
		}
		u, err := url.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("parse database url: not a URL")
		}
		if password, ok := u.User.Password(); ok {
			passwords[u.User.Username()] = password
		}
	}
	return passwords, nil
}
