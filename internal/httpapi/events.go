package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/campaign"
)

// Live pages: one look at a watched campaign serves everybody who watches it,
// twice a second. A stream begins with a full snapshot, so that a page that
// reconnects is right at once and its figures never run backwards.
const (
	lookEvery     = 500 * time.Millisecond
	foreseeEvery  = 5 * time.Second // it runs through everybody who waits
	pingEvery     = 15 * time.Second
	recheckEvery  = 500 * time.Millisecond // a session that ended elsewhere ends its streams within a second
	maxChangedRow = 200
	writeWithin   = 10 * time.Second
	maxStreams    = 5 // of one user at once, on this replica: each holds a connection and is written to
)

// LiveCampaign is what a live page shows of a campaign.
type LiveCampaign struct {
	Campaign Campaign    `json:"campaign"`
	Changed  []Recipient `json:"changed" doc:"Rows of the roster that changed since the last message"`
	Reload   bool        `json:"reload" doc:"More rows changed than came along: read the roster again"`
}

// look is one reading of a campaign, shared by its watchers.
type look struct {
	view    campaign.View
	changed []campaign.Recipient
	at      time.Time
}

// hub keeps one reader per watched campaign, and how many streams each user has.
type hub struct {
	mu      sync.Mutex
	readers map[uuid.UUID]*reader
	streams map[uuid.UUID]int
}

type reader struct {
	watchers map[chan look]bool
	stop     context.CancelFunc
}

func newHub() *hub {
	return &hub{readers: map[uuid.UUID]*reader{}, streams: map[uuid.UUID]int{}}
}

// admit counts one more stream of a user, until leave is called, or returns a
// TooMany refusal.
func (h *hub) admit(user uuid.UUID) (leave func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.streams[user] == maxStreams {
		refusal := apperr.New(apperr.TooMany, "too_many_streams", "You have %d live pages open. Close one of them to watch another.", maxStreams)
		refusal.RetryAfter = pingEvery
		return nil, refusal
	}
	h.streams[user]++
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.streams[user]--; h.streams[user] == 0 {
			delete(h.streams, user)
		}
	}, nil
}

// watch returns a channel of looks at a campaign. A slow watcher misses looks,
// never their effect: it is sent whole counters, and rows again by time.
func (s *server) watch(account, id uuid.UUID) (<-chan look, func()) {
	looks := make(chan look, 16)
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	r := s.hub.readers[id]
	if r == nil {
		ctx, stop := context.WithCancel(context.Background())
		r = &reader{watchers: map[chan look]bool{}, stop: stop}
		s.hub.readers[id] = r
		go s.read(ctx, account, id, r, lookedUntil(s.Clock.Now()))
	}
	r.watchers[looks] = true
	return looks, func() {
		s.hub.mu.Lock()
		defer s.hub.mu.Unlock()
		delete(r.watchers, looks)
		if len(r.watchers) == 0 {
			r.stop()
			delete(s.hub.readers, id)
		}
	}
}

// read looks at a campaign until nobody watches it.
func (s *server) read(ctx context.Context, account, id uuid.UUID, r *reader, since time.Time) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var seen foresight
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		next, err := s.lookAt(ctx, account, id, since)
		if err == nil {
			err = seen.add(ctx, s, &next.view)
		}
		if err != nil {
			if ctx.Err() == nil {
				s.Log.WarnContext(ctx, "look at live campaign", "error", err)
			}
			continue
		}
		since = lookedUntil(next.at)
		s.hub.mu.Lock()
		for looks := range r.watchers {
			select {
			case looks <- next:
			default:
			}
		}
		s.hub.mu.Unlock()
	}
}

// lookedUntil is up to when everything was seen by a look, or by the page that
// was read when somebody began to watch: a row may be stamped just before it and
// committed just after it.
func lookedUntil(at time.Time) time.Time { return at.Add(-2 * lookEvery) }

// foresight is the newest forecast of a watched campaign.
type foresight struct {
	status campaign.Status
	at     time.Time
	last   *campaign.Forecast
}

// add gives a look its forecast: a fresh one now and then, and at once when the
// campaign was paused or let go on.
func (f *foresight) add(ctx context.Context, s *server, v *campaign.View) error {
	if f.status != v.Status || time.Since(f.at) >= foreseeEvery {
		fresh, err := s.foreseen(ctx, *v)
		if err != nil {
			return err
		}
		*f = foresight{status: v.Status, at: time.Now(), last: fresh.Forecast}
	}
	v.Forecast = f.last
	return nil
}

func (s *server) lookAt(ctx context.Context, account, id uuid.UUID, since time.Time) (look, error) {
	at := s.Clock.Now()
	view, err := s.Campaigns.Get(ctx, account, id)
	if err != nil {
		return look{}, err
	}
	_, changed, err := s.Campaigns.Roster(ctx, account, id, campaign.RosterFilter{Since: since, Limit: maxChangedRow})
	return look{view: view, changed: changed, at: at}, err
}

func (s *server) registerEvents() {
	route(s.tenant, huma.Operation{OperationID: "watchCampaign", Method: http.MethodGet, Path: "/campaigns/{id}/events",
		Description: "Server-sent events: `snapshot` first, then `progress` while something changes. Each carries a LiveCampaign. A user has at most five at once (429).",
		Responses: map[string]*huma.Response{"200": {Description: "A stream of events", Content: map[string]*huma.MediaType{
			"text/event-stream": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[LiveCampaign](), true, "")}}}},
	}, s.watchCampaign)
}

func (s *server) watchCampaign(ctx context.Context, in *CampaignPath) (*huma.StreamResponse, error) {
	by := caller(ctx)
	first, err := s.Campaigns.Get(ctx, by.AccountID, in.ID)
	if err == nil {
		first, err = s.foreseen(ctx, first)
	}
	if err != nil {
		return nil, err
	}
	leaveUser, err := s.hub.admit(by.UserID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer leaveUser()
		r, w := humachi.Unwrap(ctx)
		stream := &stream{w: w, control: http.NewResponseController(w)}
		stream.open()
		looks, leave := s.watch(by.AccountID, in.ID)
		defer leave()
		s.follow(r.Context(), stream, first, looks, func(ctx context.Context) bool { return s.Auth.Alive(ctx, by.Session) == nil })
	}}, nil
}

// follow writes events until the client leaves, the session ends or the server stops.
func (s *server) follow(ctx context.Context, out *stream, first campaign.View, looks <-chan look, alive func(context.Context) bool) {
	last := s.campaignOf(first, s.Clock.Now())
	if !out.send("snapshot", LiveCampaign{Campaign: last, Changed: []Recipient{}}) {
		return
	}
	ping, recheck := time.NewTicker(pingEvery), time.NewTicker(recheckEvery)
	defer ping.Stop()
	defer recheck.Stop()
	for {
		ok := true
		select {
		case <-ctx.Done():
			return
		case <-s.Stopping:
			return
		case <-recheck.C:
			ok = alive(ctx)
		case <-ping.C:
			ok = out.comment("ping")
		case next := <-looks:
			live := LiveCampaign{Campaign: s.campaignOf(next.view, next.at), Changed: []Recipient{}, Reload: len(next.changed) == maxChangedRow}
			for _, r := range next.changed {
				live.Changed = append(live.Changed, recipientOf(next.view.Content, r))
			}
			if len(live.Changed) == 0 && same(last, live.Campaign) {
				continue
			}
			last = live.Campaign
			ok = out.send("progress", live)
		}
		if !ok {
			return
		}
	}
}

func same(a, b Campaign) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// stream writes server-sent events.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	id      int
}

func (o *stream) open() {
	header := o.w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no")
	o.w.WriteHeader(http.StatusOK)
}

func (o *stream) send(event string, data any) bool {
	text, err := json.Marshal(data)
	if err != nil {
		return false
	}
	o.id++
	return o.write(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", o.id, event, text))
}

func (o *stream) comment(text string) bool { return o.write(": " + text + "\n\n") }

func (o *stream) write(text string) bool {
	// The server's own write time-out is for ordinary answers; a stream has one per event.
	if err := o.control.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return false
	}
	if _, err := o.w.Write([]byte(text)); err != nil {
		return false
	}
	return o.control.Flush() == nil
}
