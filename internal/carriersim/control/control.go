// Package control owns the simulator's own API under /_sim/: what tests and
// people use to look at the carrier and to steer it. JSON, no authentication,
// and therefore for this machine only. It must never be reachable by another
// site's page in a visitor's browser.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/callshu/callshu/internal/carriersim/calls"
	"github.com/callshu/callshu/internal/carriersim/core"
	"github.com/callshu/callshu/internal/carriersim/engine"
	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/hook"
	"github.com/callshu/callshu/internal/carriersim/persona"
	"github.com/callshu/callshu/internal/carriersim/resource"
	"github.com/callshu/callshu/internal/carriersim/settings"
)

// New returns the control endpoints of an engine.
func New(e *engine.Engine) http.Handler {
	h := &handler{e: e}
	mux := http.NewServeMux()
	routes := map[string]func(r *http.Request) (any, error){
		"GET /_sim/health":                 h.health,
		"POST /_sim/reset":                 h.reset,
		"GET /_sim/stats":                  func(*http.Request) (any, error) { return e.Stats(), nil },
		"GET /_sim/config":                 func(*http.Request) (any, error) { return h.config(), nil },
		"PUT /_sim/config":                 h.putConfig,
		"PUT /_sim/numbers/{e164}":         h.putNumber,
		"PUT /_sim/services/{sid}":         h.putService,
		"POST /_sim/clock":                 h.clock,
		"POST /_sim/clock/advance":         h.advance,
		"POST /_sim/idle":                  h.idle,
		"GET /_sim/phones":                 func(*http.Request) (any, error) { return e.Phones(), nil },
		"GET /_sim/phones/{e164}":          h.phone,
		"PUT /_sim/phones/{e164}":          h.putPhone,
		"POST /_sim/phones/{e164}/answer":  h.act(calls.ActAnswer),
		"POST /_sim/phones/{e164}/decline": h.act(calls.ActDecline),
		"POST /_sim/phones/{e164}/hangup":  h.act(calls.ActHangUp),
		"POST /_sim/phones/{e164}/press":   h.act(calls.ActPress),
		"POST /_sim/phones/{e164}/sms":     h.text,
		"POST /_sim/calls/inbound":         h.callIn,
		"GET /_sim/calls":                  func(*http.Request) (any, error) { return e.CallViews(), nil },
		"GET /_sim/messages":               h.messages,
		"GET /_sim/webhooks":               func(r *http.Request) (any, error) { return e.Webhooks(sidOf(r)), nil },
		"GET /_sim/requests":               func(*http.Request) (any, error) { return e.Requests(), nil },
		"GET /_sim/alerts":                 func(*http.Request) (any, error) { return e.Alerts(), nil },
		"GET /_sim/violations":             func(*http.Request) (any, error) { return e.Violations(), nil },
		"GET /_sim/faults":                 func(*http.Request) (any, error) { return e.Faults(), nil },
		"POST /_sim/faults":                h.addFault,
		"DELETE /_sim/faults":              func(*http.Request) (any, error) { return map[string]bool{"ok": e.RemoveFault("")}, nil },
		"DELETE /_sim/faults/{id}": func(r *http.Request) (any, error) {
			return map[string]bool{"ok": e.RemoveFault(r.PathValue("id"))}, nil
		},
		"POST /_sim/scenarios/{name}": h.scenario,
		"POST /_sim/probe/forged":     h.forge,
	}
	for pattern, f := range routes {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { answer(w, r, f) })
	}
	mux.HandleFunc("GET /_sim/events", h.events)
	return mux
}

type handler struct{ e *engine.Engine }

func sidOf(r *http.Request) string {
	if sid := r.URL.Query().Get("call"); sid != "" {
		return sid
	}
	return r.URL.Query().Get("message")
}

func answer(w http.ResponseWriter, r *http.Request, f func(*http.Request) (any, error)) {
	w.Header().Set("Content-Type", "application/json")
	body, err := f(r)
	if err != nil {
		status := http.StatusBadRequest
		switch {
		case errors.Is(err, core.ErrNoPhone), errors.Is(err, errNoScenario):
			status = http.StatusNotFound
		case errors.Is(err, core.ErrNoCall), errors.Is(err, core.ErrBusy), errors.Is(err, core.ErrNotManual):
			status = http.StatusConflict
		case errors.Is(err, context.DeadlineExceeded):
			status = http.StatusGatewayTimeout
		}
		w.WriteHeader(status)
		body = map[string]string{"error": err.Error()}
	}
	_ = json.NewEncoder(w).Encode(body) // a client that has gone needs no answer
}

// decode reads a JSON body strictly: a misspelt setting would be a lie.
func decode(r *http.Request, into any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	return nil
}

type okBody struct {
	OK bool `json:"ok"`
}

func (h *handler) health(*http.Request) (any, error) {
	mode, factor := h.e.ClockMode()
	return map[string]any{"ok": true, "now": h.e.Now(), "clock": mode, "factor": factor, "seed": h.e.Seed(), "in_flight": h.e.InFlight()}, nil
}

func (h *handler) reset(*http.Request) (any, error) {
	h.e.Reset()
	return okBody{true}, nil
}

// changes is the part of the configuration that can be changed at run time;
// fields that are left out stay as they are.
type changes struct {
	CPS             *float64                 `json:"cps,omitempty"`
	MPS             *float64                 `json:"mps,omitempty"`
	Concurrency     *int                     `json:"concurrency,omitempty"`
	RESTConcurrency *int                     `json:"rest_concurrency,omitempty"`
	DefaultPersona  *string                  `json:"default_persona,omitempty"`
	WebhookScale    *float64                 `json:"webhook_scale,omitempty"`
	Switches        *settings.Switches       `json:"switches,omitempty"`
	Policy          *settings.Policy         `json:"policy,omitempty"`
	Numbers         []settings.NumberConfig  `json:"numbers,omitempty"`
	Services        []settings.ServiceConfig `json:"services,omitempty"`
}

func (h *handler) config() changes {
	c := h.e.Config()
	return changes{CPS: &c.CPS, MPS: &c.MPS, Concurrency: &c.Concurrency, RESTConcurrency: &c.RESTConcurrency,
		DefaultPersona: &c.DefaultPersona, WebhookScale: &c.WebhookScale, Switches: &c.Switches, Policy: &c.Policy,
		Numbers: c.Numbers, Services: c.Services}
}

func (h *handler) putConfig(r *http.Request) (any, error) {
	current := h.e.Config()
	// Decoding over the present switches keeps those that are left out.
	s := changes{Switches: &current.Switches, Policy: &current.Policy}
	if err := decode(r, &s); err != nil {
		return nil, err
	}
	if s.DefaultPersona != nil && *s.DefaultPersona != "" {
		if _, ok := persona.ByCode(*s.DefaultPersona); !ok {
			return nil, fmt.Errorf("default_persona %q: not in the table", *s.DefaultPersona)
		}
	}
	err := h.e.Configure(func(c *settings.Config) {
		set(&c.CPS, s.CPS)
		set(&c.MPS, s.MPS)
		set(&c.Concurrency, s.Concurrency)
		set(&c.RESTConcurrency, s.RESTConcurrency)
		set(&c.DefaultPersona, s.DefaultPersona)
		set(&c.WebhookScale, s.WebhookScale)
		set(&c.Switches, s.Switches)
		set(&c.Policy, s.Policy)
	})
	if err != nil {
		return nil, err
	}
	for _, n := range s.Numbers {
		if err := h.e.SetNumber(n); err != nil {
			return nil, err
		}
	}
	for _, svc := range s.Services {
		if err := h.e.SetService(svc); err != nil {
			return nil, err
		}
	}
	return h.config(), nil
}

func set[T any](target *T, value *T) {
	if value != nil {
		*target = *value
	}
}

func (h *handler) putNumber(r *http.Request) (any, error) {
	var n settings.NumberConfig
	if err := decode(r, &n); err != nil {
		return nil, err
	}
	n.Number = r.PathValue("e164")
	return n, h.e.SetNumber(n)
}

func (h *handler) putService(r *http.Request) (any, error) {
	var s settings.ServiceConfig
	if err := decode(r, &s); err != nil {
		return nil, err
	}
	s.SID = r.PathValue("sid")
	return s, h.e.SetService(s)
}

func (h *handler) clock(r *http.Request) (any, error) {
	var body struct {
		Mode   string  `json:"mode"`
		Factor float64 `json:"factor"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if err := h.e.SetClock(body.Mode, body.Factor); err != nil {
		return nil, err
	}
	return h.health(r)
}

func (h *handler) advance(r *http.Request) (any, error) {
	var body struct {
		Seconds float64 `json:"seconds"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if body.Seconds < 0 || body.Seconds > 366*24*3600 {
		return nil, fmt.Errorf("seconds %v: want 0 to a year", body.Seconds)
	}
	if err := h.e.Advance(r.Context(), time.Duration(body.Seconds*float64(time.Second))); err != nil {
		return nil, err
	}
	return h.health(r)
}

func (h *handler) idle(r *http.Request) (any, error) {
	body := struct {
		Timeout float64 `json:"timeout"`
	}{10}
	if r.ContentLength != 0 {
		if err := decode(r, &body); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(body.Timeout*float64(time.Second)))
	defer cancel()
	return okBody{true}, h.e.Idle(ctx)
}

func (h *handler) phone(r *http.Request) (any, error) {
	p, ok := h.e.Phone(r.PathValue("e164"))
	if !ok {
		return nil, fmt.Errorf("phone %s: %w", r.PathValue("e164"), core.ErrNoPhone)
	}
	return p, nil
}

// putPhone gives a phone an owner: a row of the table or a script.
func (h *handler) putPhone(r *http.Request) (any, error) {
	var body struct {
		Persona string           `json:"persona"`
		Script  *persona.Persona `json:"script"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	owner, err := ownerOf(body.Persona, body.Script)
	if err != nil {
		return nil, err
	}
	if owner == nil {
		return nil, fmt.Errorf("want a persona or a script")
	}
	if err := h.e.SetPersona(r.PathValue("e164"), *owner); err != nil {
		return nil, err
	}
	return h.phone(r)
}

func ownerOf(code string, script *persona.Persona) (*persona.Persona, error) {
	if script != nil {
		return script, nil
	}
	if code == "" {
		return nil, nil
	}
	p, ok := persona.ByCode(code)
	if !ok {
		return nil, fmt.Errorf("persona %q: not in the table (00 to 99, %s)", code, persona.Hand)
	}
	return &p, nil
}

func (h *handler) act(act calls.Act) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var body struct {
			Digits string `json:"digits"`
		}
		if act == calls.ActPress {
			if err := decode(r, &body); err != nil {
				return nil, err
			}
		}
		return okBody{true}, h.e.Do(r.PathValue("e164"), act, body.Digits)
	}
}

func (h *handler) text(r *http.Request) (any, error) {
	var body struct {
		To   string `json:"to"`
		Body string `json:"body"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	sid, err := h.e.TextIn(r.PathValue("e164"), body.To, body.Body)
	return map[string]string{"sid": sid}, err
}

func (h *handler) callIn(r *http.Request) (any, error) {
	var body struct {
		From    string           `json:"from"`
		To      string           `json:"to"`
		Persona string           `json:"persona"`
		Script  *persona.Persona `json:"script"`
	}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	owner, err := ownerOf(body.Persona, body.Script)
	if err != nil {
		return nil, err
	}
	sid, err := h.e.CallIn(body.From, body.To, owner)
	return map[string]string{"sid": sid}, err
}

func (h *handler) messages(r *http.Request) (any, error) {
	limit := 1000
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && n > 0 {
		limit = n
	}
	list, _, _ := h.e.ListMessages(resource.Filter{To: r.URL.Query().Get("to"), From: r.URL.Query().Get("from")}, resource.Window{Limit: limit})
	if list == nil {
		list = []resource.Message{}
	}
	return list, nil
}

func (h *handler) addFault(r *http.Request) (any, error) {
	var f fault.Fault
	if err := decode(r, &f); err != nil {
		return nil, err
	}
	id, err := h.e.AddFault(f)
	return map[string]string{"id": id}, err
}

// forge sends a wrongly signed webhook on demand.
func (h *handler) forge(r *http.Request) (any, error) {
	body := struct {
		URL  string    `json:"url"`
		Kind hook.Kind `json:"kind"`
	}{Kind: hook.VoiceStatus}
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if !settings.ValidURL(body.URL) {
		return nil, fmt.Errorf("url %q: want an absolute http or https URL", body.URL)
	}
	h.e.Forge(body.Kind, body.URL)
	return okBody{true}, nil
}

// events streams what changes: one JSON line per change, nothing of the detail.
func (h *handler) events(w http.ResponseWriter, r *http.Request) {
	watcher := h.e.Watch()
	defer watcher.Stop()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	flush := http.NewResponseController(w)
	fmt.Fprint(w, ": simulator\n\n")
	flush.Flush()
	for {
		phones, feeds, err := watcher.Wait(r.Context())
		if err != nil {
			return
		}
		raw, _ := json.Marshal(map[string]any{"phones": phones, "feeds": feeds})
		if _, err := fmt.Fprintf(w, "data: %s\n\n", raw); err != nil || flush.Flush() != nil {
			return
		}
	}
}
