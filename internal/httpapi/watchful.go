package httpapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
)

// unwatched are what operators read of their own, or of nobody, or with a row
// elsewhere: a look at one account stands in that account's own log.
var unwatched = map[string]bool{"getOperatorMe": true, "listOperatorSessions": true, "getPause": true, "getApplication": true}

// asking are operations that read, though they are posted to.
var asking = map[string]bool{"checkReportFile": true}

// noteRead sees to it that what operators read of employers and people has its
// row before it is shown.
func (s *server) noteRead(ctx huma.Context, next func(huma.Context)) {
	if op := ctx.Operation(); op.Method == http.MethodGet && !unwatched[op.OperationID] || asking[op.OperationID] {
		by := reviewer(ctx.Context())
		var account *uuid.UUID
		if id, err := uuid.Parse(ctx.Query("account_id")); err == nil {
			account = &id
		}
		if err := s.Audit.StaffRead(ctx.Context(), by.Session.Actor(by.Client), op.OperationID, account); err != nil {
			s.refuse(ctx, err)
			return
		}
	}
	next(ctx)
}

// denials are when each reason was noted last by this replica: a flood of
// refusals must not become one of transactions.
type denials struct {
	mu   sync.Mutex
	last map[string]time.Time
}

const deniedEvery = time.Minute

func (d *denials) first(reason string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if last, known := d.last[reason]; known && now.Sub(last) < deniedEvery {
		return false
	}
	if d.last == nil {
		d.last = map[string]time.Time{}
	}
	d.last[reason] = now
	return true
}

// noteWithin is how long a refusal may wait for its row.
const noteWithin = 2 * time.Second

// noteDenial records why somebody was refused. A log that cannot be written
// makes the refusal no other.
func (s *server) noteDenial(ctx context.Context, reason string) {
	if s.Audit == nil || !s.denied.first(reason, time.Now()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteWithin)
	defer cancel()
	if err := s.Audit.Denied(ctx, reason); err != nil {
		s.Log.WarnContext(ctx, "record a denial", "error", err)
	}
}

// noted notes a reason and refuses.
func (s *server) noted(reason string, refuse http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.noteDenial(r.Context(), reason)
		refuse(w, r)
	}
}
