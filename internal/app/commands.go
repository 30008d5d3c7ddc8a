package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/config"
	"github.com/callshu/callshu/internal/postgres"
	"github.com/callshu/callshu/internal/report"
	"github.com/callshu/callshu/internal/telemetry"
)

// Serve runs the product until ctx ends.
func Serve(ctx context.Context, getenv func(string) string, logs io.Writer, version string) error {
	settings, err := config.Parse(getenv)
	if err != nil {
		return fmt.Errorf("read settings:\n%w", err)
	}
	handler, err := telemetry.NewReporter(slog.NewJSONHandler(logs, &slog.HandlerOptions{ReplaceAttr: telemetry.Plain}), settings.SentryDSN, settings.AppEnv, version)
	if err != nil {
		return err
	}
	defer telemetry.Flush(handler, 2*time.Second)
	log := slog.New(handler)
	a, err := New(ctx, settings, Options{Log: log})
	if err != nil {
		return err
	}
	defer a.Close()
	listener, err := net.Listen("tcp", settings.ListenAddr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", settings.ListenAddr, err)
	}
	if settings.MetricsAddr != "" {
		metrics, err := net.Listen("tcp", settings.MetricsAddr)
		if err != nil {
			return fmt.Errorf("listen on %s: %w", settings.MetricsAddr, err)
		}
		defer metrics.Close()
		go a.serveMetrics(metrics)
	}
	log.Info("serving", "address", listener.Addr().String(), "public_url", settings.PublicURL)
	return a.Run(ctx, listener)
}

// Migrate creates roles and schema from the settings' URLs.
func Migrate(ctx context.Context, getenv func(string) string) error {
	if err := config.Guard(getenv, "MIGRATION_DATABASE_URL", "DATABASE_URL", "OPERATOR_DATABASE_URL", "WORKER_DATABASE_URL", "BACKUP_DATABASE_URL"); err != nil {
		return err
	}
	admin := getenv("MIGRATION_DATABASE_URL")
	if admin == "" {
		return errors.New("MIGRATION_DATABASE_URL: is required")
	}
	passwords, err := postgres.PasswordsOf(getenv("DATABASE_URL"), getenv("OPERATOR_DATABASE_URL"), getenv("WORKER_DATABASE_URL"), getenv("BACKUP_DATABASE_URL"))
	if err != nil {
		return err
	}
	return postgres.Migrate(ctx, admin, postgres.MigrateOptions{Passwords: passwords})
}

// VerifyAudit recomputes every seal and prints what it found. A seal that does
// not hold is an error.
func VerifyAudit(ctx context.Context, getenv func(string) string, out io.Writer) error {
	pool, err := openOne(ctx, getenv, "WORKER_DATABASE_URL", postgres.RoleWorker)
	if err != nil {
		return err
	}
	defer pool.Close()
	report, err := audit.Verify(ctx, pool)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "chains %d, seals %d, unsealed %d, deleted after two years %d, erased %d, checkpoints %d\n", report.Chains, report.Seals, report.Unsealed, report.Purged, report.Erased, report.Days)
	if bad := report.FirstBad; bad != nil {
		if bad.Source == audit.CheckpointSource {
			return errors.New(bad.Why)
		}
		return fmt.Errorf("chain %s, seal %d (%s row %d): %s", bad.Chain, bad.Seq, bad.Source, bad.RowID, bad.Why)
	}
	fmt.Fprintln(out, "every seal holds")
	return nil
}

// CheckReportFile prints which report a file belongs to, if its bytes are those
// that were made and sealed; anything else is an error.
func CheckReportFile(ctx context.Context, getenv func(string) string, out io.Writer, path string) error {
	sum, err := hashOf(path)
	if err != nil {
		return err
	}
	pool, err := openOne(ctx, getenv, "WORKER_DATABASE_URL", postgres.RoleWorker)
	if err != nil {
		return err
	}
	defer pool.Close()
	var v report.Verdict
	err = pool.InTx(ctx, func(tx pgx.Tx) error {
		v, err = report.Check(ctx, tx, sum)
		return err
	})
	switch {
	case err != nil:
		return err
	case !v.Known:
		return fmt.Errorf("no report has a file with SHA-256 %s: it was altered, or is not one of ours", sum)
	case v.Past:
		return fmt.Errorf("%s is stored, but the event that vouched for it was deleted when its two years were over: nothing proves it any more", v.File.Name)
	case !v.Sealed:
		return fmt.Errorf("%s is stored, but no sealed event vouches for it: run audit verify", v.File.Name)
	}
	fmt.Fprintf(out, "%s: part %d of %d of the report for the week of %s, %d events, as it was made\n", v.File.Name, v.File.Part, v.File.Parts,
		v.Report.WeekStart.UTC().Format(time.RFC3339), v.File.Rows)
	return nil
}

// openOne connects a command, by one connection, to the database that a setting
// names, where production allows the way to it.
func openOne(ctx context.Context, getenv func(string) string, setting, role string) (*postgres.Pool, error) {
	databaseURL := getenv(setting)
	if databaseURL == "" { // the driver would go wherever PGHOST says
		return nil, errors.New(setting + ": is required")
	}
	if err := config.Guard(getenv, setting); err != nil {
		return nil, err
	}
	return postgres.Open(ctx, databaseURL, role, 1)
}

func hashOf(path string) (string, error) {
	file, err := os.Open(path) //nolint:gosec // whoever runs the command names the file
	if err != nil {
		return "", fmt.Errorf("open file: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// group runs loops and keeps their errors.
type group struct {
	wg     sync.WaitGroup
	mu     sync.Mutex
	errors []error
}

func (g *group) run(name string, f func() error) {
	g.wg.Go(func() {
		if err := f(); err != nil && !errors.Is(err, context.Canceled) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.errors = append(g.errors, fmt.Errorf("%s: %w", name, err))
		}
	})
}

func (g *group) wait() error {
	g.wg.Wait()
	return errors.Join(g.errors...)
}
