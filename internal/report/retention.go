package report

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
)

var errPurged = apperr.New(apperr.Gone, "file_purged", "This report's files were kept for two years, like the events in them. Their hashes are still known.")

func (f File) purged() bool { return f.PurgedAt != nil }

// KeptUntil is when the report's files may go: no event in them is younger then
// than the log is kept. A legal hold keeps them longer.
func (r Report) KeptUntil() time.Time { return r.WeekEnd.Add(audit.Kept) }

// Forget empties the files of weeks that have been over for longer than the log
// is kept, and says so in the platform's log. Names, sizes and hashes stay: a
// copy that somebody kept can still be recognised.
func (s *Service) Forget(ctx context.Context) (files int64, err error) {
	err = s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		before, err := audit.Older(ctx, tx, s.Clock.Now())
		if err != nil {
			return err
		}
		var weeks int64
		if err := tx.QueryRow(ctx, `SELECT weeks, files FROM purge_report_files($1)`, before).Scan(&weeks, &files); err != nil {
			return fmt.Errorf("purge report files: %w", err)
		}
		if files == 0 {
			return nil
		}
		return audit.Record(ctx, tx, audit.Event{At: s.Clock.Now(), Actor: audit.SystemActor("retention"), Action: "report.files_purged",
			Detail: map[string]any{"weeks": weeks, "files": files, "before": before.UTC().Format(time.RFC3339)}})
	})
	return files, err
}
