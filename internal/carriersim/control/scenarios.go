package control

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/callshu/callshu/internal/carriersim/fault"
)

var errNoScenario = errors.New("no such scenario")

// scenario puts a ready-made set of faults in force.
func (h *handler) scenario(r *http.Request) (any, error) {
	list := fault.Scenario(r.PathValue("name"))
	if list == nil {
		return nil, fmt.Errorf("scenario %q (%s): %w", r.PathValue("name"), strings.Join(fault.ScenarioNames(), ", "), errNoScenario)
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
