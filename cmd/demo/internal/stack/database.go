package stack

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/postgres"
)

func loginRoles() []string {
	return []string{postgres.RoleApp, postgres.RoleOperator, postgres.RoleWorker}
}

// databaseName is fixed for the demo, and new for each temporary stack, of
// which several may share a server.
func (s *Stack) databaseName() string {
	if s.opts.Temporary {
		return "callshu_run_" + strconv.FormatInt(time.Now().UnixNano(), 36)
	}
	return "callshu_demo"
}

// openDatabase makes the product's database unless a whole one is there: what a
// broken seeding left is dropped, since half a history would mislead.
func (s *Stack) openDatabase(ctx context.Context) error {
	admin, err := url.Parse(s.server.URL())
	if err != nil {
		return fmt.Errorf("read server address: %w", err)
	}
	name := s.databaseName()
	whole := s.secrets.Seeded != nil
	err = s.asSuperuser(ctx, func(conn *pgx.Conn) error {
		var exists bool
		if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&exists); err != nil {
			return err
		}
		if exists && whole {
			return nil
		}
		s.Fresh = true
		if _, err := conn.Exec(ctx, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, `CREATE DATABASE `+name+` TEMPLATE template0`)
		return err
	})
	if err != nil {
		return fmt.Errorf("make database %s: %w", name, err)
	}
	admin.Path = "/" + name
	s.admin = admin
	if s.Fresh {
		s.secrets.Seeded, s.secrets.OperatorTOTP = nil, ""
		return s.secrets.save()
	}
	return nil
}

// dropDatabase removes a temporary database from a server that stays.
func (s *Stack) dropDatabase() error {
	if !s.opts.Temporary || s.admin == nil || s.server.Done() != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	name := s.admin.Path[1:]
	return s.asSuperuser(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`)
		return err
	})
}

func (s *Stack) asSuperuser(ctx context.Context, act func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, s.server.URL())
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return act(conn)
}

// AddOwner adds a second owner to the account of another one, who has the same
// password. It is for the tests of what takes two people: there is no way yet
// to do it as an employer.
func (s *Stack) AddOwner(ctx context.Context, beside, name, email string) error {
	conn, err := pgx.Connect(ctx, s.DatabaseURL())
	if err != nil {
		return fmt.Errorf("add owner: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	tag, err := conn.Exec(ctx, `INSERT INTO users (account_id, name, email, email_verified_at, language, role, password_hash, created_at)
		SELECT account_id, $2, $3, $4, language, role, password_hash, $4 FROM users WHERE email = $1 AND role = 'owner'`, beside, name, email, s.Now())
	if err != nil {
		return fmt.Errorf("add owner: %w", err)
	}
	if tag.RowsAffected() != 1 {
		return fmt.Errorf("add owner: nobody owns an account as %s", beside)
	}
	return nil
}

func (s *Stack) roleURL(role string) string {
	u := *s.admin
	u.User = url.UserPassword(role, s.secrets.Passwords[role])
	return u.String()
}
