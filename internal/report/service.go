package report

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
)

// Deps are what the reports stand on.
type Deps struct {
	Worker    *postgres.Pool
	Operator  *postgres.Pool
	Clock     clock.Clock
	Zone      *time.Location // see Toronto
	Mail      *mail.Outbox
	PublicURL string
	OpsEmail  string // who gets the reports
	Log       *slog.Logger

	// Where files are cut; 0: so that each fits a mail and a machine's memory.
	CSVBytes int
	PDFRows  int
}

// Service makes, mails and keeps the reports.
type Service struct {
	Deps
	one sync.Mutex // a document is held in memory: one at a time
}

// New returns the reports' service.
func New(d Deps) *Service {
	d.CSVBytes, d.PDFRows = cmp.Or(d.CSVBytes, csvBytes), cmp.Or(d.PDFRows, pdfRows)
	return &Service{Deps: d}
}

// settled is how long after the week's end its report is made: by then every
// transaction that began in the week is over and its rows are sealed.
const settled = 5 * time.Minute

// Tick makes what is due and looks after what is on its way. It may run at any
// time, twice at once, and on several replicas.
func (s *Service) Tick(ctx context.Context) error {
	_, err := s.Due(ctx)
	return errors.Join(err, s.settle(ctx))
}

// Due makes the report of every week that is over and has none, oldest first,
// and returns how many it made. Weeks before the first event have none.
func (s *Service) Due(ctx context.Context) (made int, err error) {
	s.one.Lock()
	defer s.one.Unlock()
	for {
		var from time.Time
		var ok bool
		err := s.Worker.InTx(ctx, func(tx pgx.Tx) (err error) {
			from, ok, err = due(ctx, tx)
			return err
		})
		if err != nil || !ok {
			return made, err
		}
		week := WeekOf(from, s.Zone)
		if s.Clock.Now().Before(week.End.Add(settled)) {
			return made, nil
		}
		ours, err := s.make(ctx, week)
		if err != nil {
			return made, fmt.Errorf("report week of %s: %w", week.name(), err)
		}
		if ours {
			made++
		}
	}
}

// make writes the files from one snapshot, outside any transaction that would
// hold locks meanwhile, then stores and mails them in one. Of two replicas that
// do it at once, the second finds the week taken.
func (s *Service) make(ctx context.Context, week Week) (ours bool, err error) {
	now := s.Clock.Now()
	var w *writer
	figures, err := gather(ctx, s.Worker, week, func(f Figures) (func([]Event) error, error) {
		var err error
		if w, err = newWriter(week, f, now, limits{s.CSVBytes, s.PDFRows}); err != nil {
			return nil, err
		}
		return w.take, nil
	})
	if err != nil {
		return false, err
	}
	files, err := w.files(week, figures.Events)
	if err != nil {
		return false, err
	}
	r := Report{ID: uuid.New(), WeekStart: week.Start, WeekEnd: week.End, Events: figures.Events, Late: figures.Late, Head: figures.Head.Hash[:],
		Chains: figures.Head.Chains, Seals: figures.Head.Seals, MadeAt: now}
	err = s.Worker.InTx(ctx, func(tx pgx.Tx) error {
		if ours, err = insert(ctx, tx, r, figures, files); err != nil || !ours {
			return err
		}
		if err := s.record(ctx, tx, audit.SystemActor("report"), "report.made", r, map[string]any{"events": r.Events, "late": r.Late,
			"head": hex.EncodeToString(r.Head), "chains": r.Chains, "seals": r.Seals, "files": inventory(files)}); err != nil {
			return err
		}
		return s.mail(ctx, tx, r, files)
	})
	return ours && err == nil, err
}

// inventory is what a sealed row keeps of the files, so that one that was
// exchanged in the database, too, is found.
func inventory(files []File) []map[string]any {
	all := make([]map[string]any, len(files))
	for i, f := range files {
		all[i] = map[string]any{"name": f.Name, "rows": f.Rows, "sha256": hex.EncodeToString(f.SHA256)}
	}
	return all
}

func (s *Service) record(ctx context.Context, tx pgx.Tx, by audit.Actor, action string, r Report, detail map[string]any) error {
	if detail == nil {
		detail = map[string]any{}
	}
	detail["week"] = WeekOf(r.WeekStart, s.Zone).name()
	return audit.Record(ctx, tx, audit.Event{At: s.Clock.Now(), Actor: by, Action: action, SubjectKind: "report", SubjectID: r.ID.String(), Detail: detail})
}

// mail queues the report, on as many mails as its files need.
func (s *Service) mail(ctx context.Context, tx pgx.Tx, r Report, files []File) error {
	all := bundles(files, mailBytes)
	for i, bundle := range all {
		m := mail.Mail{Template: mail.OpsReport, To: s.OpsEmail, Language: "en", Data: map[string]string{
			"week": WeekOf(r.WeekStart, s.Zone).String(), "events": group(r.Events), "late": group(r.Late), "head": hex.EncodeToString(r.Head),
			"chains": group(int64(r.Chains)), "seals": group(r.Seals), "mail": fmt.Sprint(i + 1), "mails": fmt.Sprint(len(all)),
			"link": s.PublicURL + "/operator/reports"}}
		for _, f := range bundle {
			m.Items = append(m.Items, fmt.Sprintf("%s: %s, part %d of %d, %s events, %s bytes, SHA-256 %s", f.Name, f.Kind, f.Part, f.Parts, group(f.Rows), group(f.Size), hex.EncodeToString(f.SHA256)))
			m.Attachments = append(m.Attachments, f.ID)
		}
		if err := s.Mail.Queue(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}
