package chaos

import (
	"time"

	"github.com/callshu/callshu/internal/carriersim"
)

const (
	always      = -1
	createPath  = "/Calls.json"
	callPath    = "/Calls"
	beyondPOST  = 6 * time.Second  // longer than a request to the carrier is waited for
	listingLag  = 20 * time.Second // carrier time
	lateNews    = 30 * time.Second // carrier time
	outageFault = "outage"
	tooMany     = 0.004 // each holds every replica for a second
)

// faults go on all the time, each with a small chance that the simulator draws
// from its seed. They come in pairs: failed before it counted, and after.
func faults() []carriersim.Fault {
	api := func(point string, chance float64, a carriersim.Action) carriersim.Fault {
		return carriersim.Fault{Point: point, Match: carriersim.Match{Path: createPath, Method: "POST"}, Action: a, Times: always, Probability: chance}
	}
	hook := func(point, event string, chance float64, a carriersim.Action) carriersim.Fault {
		return carriersim.Fault{Point: point, Match: carriersim.Match{Event: event}, Action: a, Times: always, Probability: chance}
	}
	return []carriersim.Fault{
		api(carriersim.APIBefore, tooMany, carriersim.Action{Status: 429}),
		api(carriersim.APIBefore, 0.01, carriersim.Action{Status: 500}),
		api(carriersim.APIBefore, 0.01, carriersim.Action{Reset: true}),
		api(carriersim.APIBefore, 0.005, carriersim.Action{HTML502: true}),
		api(carriersim.APIAfter, 0.02, carriersim.Action{Status: 500}),
		api(carriersim.APIAfter, 0.02, carriersim.Action{Drop: true}),
		api(carriersim.APIAfter, 0.01, carriersim.Action{Truncate: true}),
		api(carriersim.APIAfter, 0.01, carriersim.Action{HTML502: true}),
		api(carriersim.APIAfter, 0.002, carriersim.Action{DelayMS: int(beyondPOST.Milliseconds())}),
		{Point: carriersim.APIRead, Match: carriersim.Match{Path: callPath}, Action: carriersim.Action{Status: 503}, Times: always, Probability: 0.05},
		{Point: carriersim.APIRead, Match: carriersim.Match{Path: callPath}, Action: carriersim.Action{LagMS: int(listingLag.Milliseconds())}, Times: always, Probability: 0.1},
		hook(carriersim.Callback, "answered", 0.05, carriersim.Action{ReorderAfter: "completed"}),
		hook(carriersim.Callback, "initiated", 0.05, carriersim.Action{ReorderAfter: "ringing"}),
		hook(carriersim.Callback, "", 0.05, carriersim.Action{Drop: true}),
		hook(carriersim.Callback, "", 0.05, carriersim.Action{Duplicate: 2}),
		hook(carriersim.Callback, "", 0.03, carriersim.Action{DuplicateNewToken: 1}),
		hook(carriersim.Callback, "", 0.05, carriersim.Action{Concurrent: true}),
		hook(carriersim.Callback, "", 0.03, carriersim.Action{DelayMS: int(lateNews.Milliseconds())}),
		hook(carriersim.TwiML, "", 0.02, carriersim.Action{Drop: true}),
		hook(carriersim.TwiML, "", 0.02, carriersim.Action{EarlyClose: true}),
		hook(carriersim.TwiML, "", 0.03, carriersim.Action{Concurrent: true}),
		hook(carriersim.SMSInbound, "", 0.15, carriersim.Action{Drop: true}),
		hook(carriersim.SMSInbound, "", 0.1, carriersim.Action{EarlyClose: true}),
		hook(carriersim.SMSInbound, "", 0.1, carriersim.Action{Duplicate: 1}),
		hook(carriersim.SMSInbound, "", 0.1, carriersim.Action{Concurrent: true}),
	}
}

// outages: nothing that is asked of the carrier counts, or all of it counts and
// no answer comes.
func outages() []carriersim.Fault {
	return []carriersim.Fault{
		{ID: outageFault, Point: carriersim.APIBefore, Match: carriersim.Match{Path: createPath, Method: "POST"}, Action: carriersim.Action{Status: 503}, Times: always},
		{ID: outageFault, Point: carriersim.APIAfter, Match: carriersim.Match{Path: createPath, Method: "POST"}, Action: carriersim.Action{Drop: true}, Times: always},
	}
}
