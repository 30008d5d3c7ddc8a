package control

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/callshu/callshu/internal/carriersim/fault"
)

var errNoScenario = errors.New("no such scenario")

// scenarios are sets of faults that belong together; their chances are drawn
// from the simulator's seed.
func scenarios(name string) []fault.Fault {
	always := -1
	switch name {
	case "flaky-day":
		return []fault.Fault{
			{Point: fault.APIBefore, Action: fault.Action{Status: 503}, Times: always, Probability: 0.02},
			{Point: fault.APIBefore, Action: fault.Action{Status: 429}, Times: always, Probability: 0.05},
			{Point: fault.APIAfter, Action: fault.Action{HTML502: true}, Times: always, Probability: 0.01},
			{Point: fault.Callback, Action: fault.Action{Duplicate: 1}, Times: always, Probability: 0.05},
			{Point: fault.Callback, Action: fault.Action{Drop: true}, Times: always, Probability: 0.02},
			{Point: fault.Callback, Action: fault.Action{DelayMS: 4000}, Times: always, Probability: 0.05},
		}
	case "crash-after-accept":
		return []fault.Fault{
			{Point: fault.APIAfter, Action: fault.Action{Drop: true}, Times: always, Probability: 0.1},
			{Point: fault.APIAfter, Action: fault.Action{Truncate: true}, Times: always, Probability: 0.1},
			{Point: fault.APIAfter, Action: fault.Action{Status: 500}, Times: always, Probability: 0.1},
		}
	case "reordered":
		return []fault.Fault{
			{Point: fault.Callback, Match: fault.Match{Event: "answered"}, Action: fault.Action{ReorderAfter: "completed"}, Times: always, Probability: 0.5},
			{Point: fault.Callback, Match: fault.Match{Event: "initiated"}, Action: fault.Action{ReorderAfter: "ringing"}, Times: always, Probability: 0.5},
			{Point: fault.SMSInbound, Action: fault.Action{ReorderAfter: "received"}, Times: always, Probability: 0.2},
		}
	case "slow-app":
		return []fault.Fault{
			{Point: fault.TwiML, Action: fault.Action{SlowMS: 16_000}, Times: always, Probability: 0.1},
			{Point: fault.SMSInbound, Action: fault.Action{SlowMS: 16_000}, Times: always, Probability: 0.2},
		}
	case "cps-storm":
		return []fault.Fault{{Point: fault.APIBefore, Action: fault.Action{Status: 429}, Times: always, Probability: 0.4}}
	case "stop-storm":
		return []fault.Fault{
			{Point: fault.SMSInbound, Action: fault.Action{Duplicate: 2}, Times: always, Probability: 0.5},
			{Point: fault.SMSInbound, Action: fault.Action{Drop: true}, Times: always, Probability: 0.2},
		}
	}
	return nil
}

func (h *handler) scenario(r *http.Request) (any, error) {
	list := scenarios(r.PathValue("name"))
	if list == nil {
		return nil, fmt.Errorf("scenario %q (flaky-day, crash-after-accept, reordered, slow-app, cps-storm, stop-storm): %w", r.PathValue("name"), errNoScenario)
	}
	ids := []string{}
	for _, f := range list {
		id, err := h.e.AddFault(f)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return map[string]any{"faults": ids}, nil
}
