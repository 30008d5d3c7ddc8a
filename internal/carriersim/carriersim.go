// Package carriersim is a stand-in for Twilio on one machine: its REST API for
// calls and texts, the telephone network behind it, phones with owners, and an
// oracle that notes what a correct application never does. It owns the wiring
// of its rooms and the options. It imports nothing of the product and nothing
// of Twilio's, and no production code may import it.
package carriersim

import (
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/callshu/callshu/internal/carriersim/control"
	"github.com/callshu/callshu/internal/carriersim/engine"
	"github.com/callshu/callshu/internal/carriersim/fault"
	"github.com/callshu/callshu/internal/carriersim/page"
	"github.com/callshu/callshu/internal/carriersim/persona"
	"github.com/callshu/callshu/internal/carriersim/restapi"
	"github.com/callshu/callshu/internal/carriersim/settings"
	"github.com/callshu/callshu/internal/carriersim/vclock"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// The vocabulary of the rooms, under one roof.
type (
	// Options configure a simulator; the zero value but for account, token and
	// numbers is Twilio's default account in real time.
	Options = settings.Config
	// NumberConfig is one of the account's numbers.
	NumberConfig = settings.NumberConfig
	// SenderType is the kind of one of the account's numbers.
	SenderType = settings.SenderType
	// ServiceConfig is a Messaging Service.
	ServiceConfig = settings.ServiceConfig
	// Switches are the undocumented behaviours.
	Switches = settings.Switches
	// Policy is what the oracle holds against an application.
	Policy = settings.Policy
	// Fault is something that goes wrong.
	Fault = fault.Fault
	// Match narrows a fault.
	Match = fault.Match
	// Action is what goes wrong.
	Action = fault.Action
	// Persona is the owner of a phone.
	Persona = persona.Persona
	// Voice is what the owner of a phone does with calls.
	Voice = persona.Voice
	// Step is one act of the owner on the line.
	Step = persona.Step
	// Reply is a text that the owner sends after one has arrived.
	Reply = persona.Reply
	// Clock is what the simulator needs of a clock.
	Clock = vclock.Clock
	// Violation is something that a correct application never does.
	Violation = view.Violation
	// Alert is an entry of the debugger.
	Alert = view.Alert
	// Stats are the figures of a run.
	Stats = view.Stats
)

// The points at which faults strike, and the kinds of number.
const (
	APIBefore  = fault.APIBefore
	APIAfter   = fault.APIAfter
	APIRead    = fault.APIRead
	Callback   = fault.Callback
	TwiML      = fault.TwiML
	SMSInbound = fault.SMSInbound
	Carrier    = fault.Carrier

	LongCode  = settings.LongCode
	TollFree  = settings.TollFree
	ShortCode = settings.ShortCode
)

// Sim is a running simulator: an http.Handler (REST API under /2010-04-01/,
// control under /_sim/, phones page at /) and the carrier behind it, whose
// methods it offers too.
type Sim struct {
	*engine.Engine
	api, control, page http.Handler
	open               bool
}

// New returns a running simulator; the caller must Close it.
func New(opts Options) (*Sim, error) {
	if opts.DefaultPersona != "" {
		if _, ok := persona.ByCode(opts.DefaultPersona); !ok {
			return nil, fmt.Errorf("carrier simulator: persona %q is not in the table", opts.DefaultPersona)
		}
	}
	e, err := engine.New(opts)
	if err != nil {
		return nil, err
	}
	return &Sim{Engine: e, api: restapi.New(e), control: control.New(e), page: page.New(e)}, nil
}

// AllowRemote lets other machines use the control API and the phones page,
// which have no authentication.
func (s *Sim) AllowRemote() { s.open = true }

func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.open && !local(r) {
		http.Error(w, "the carrier simulator serves this machine only", http.StatusForbidden)
		return
	}
	switch {
	case strings.HasPrefix(r.URL.Path, "/_sim/"):
		s.control.ServeHTTP(w, r)
	case r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/_page/"):
		s.page.ServeHTTP(w, r)
	default:
		s.api.ServeHTTP(w, r)
	}
}

// local: the request comes from this machine, under a name of this machine
// (so that no foreign name can be pointed here), and not from another site's
// page.
func local(r *http.Request) bool {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !net.ParseIP(peer).IsLoopback() {
		return false
	}
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Method != http.MethodGet {
		return false
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "api.twilio.com" || (ip != nil && ip.IsLoopback())
}
