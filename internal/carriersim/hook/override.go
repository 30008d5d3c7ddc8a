package hook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Policy is how hard the carrier tries: the connection overrides.
type Policy struct {
	Connect time.Duration // ct
	Read    time.Duration // rt
	Total   time.Duration // tt
	Retries int           // rc
	On      []string      // rp: ct, rt, 4xx, 5xx, all
}

// DefaultPolicy is what applies without a fragment.
func DefaultPolicy() Policy {
	return Policy{Connect: 5 * time.Second, Read: 15 * time.Second, Total: 15 * time.Second, Retries: 1, On: []string{"ct"}}
}

// Problem is a debugger entry about a request.
type Problem struct {
	Code  int
	Text  string
	Fault bool // brought about on purpose
}

func (p Problem) Error() string { return fmt.Sprintf("%d: %s", p.Code, p.Text) }

// ParseOverrides reads the fragment of a configured URL. Settings that are out
// of range are reported and leave the default in place; a fragment without any
// known setting is an ordinary one and is ignored.
func ParseOverrides(rawURL string, base Policy) (Policy, []Problem) {
	_, fragment, ok := strings.Cut(rawURL, "#")
	if !ok {
		return base, nil
	}
	p := base
	var problems []Problem
	for setting := range strings.SplitSeq(fragment, "&") {
		name, value, _ := strings.Cut(setting, "=")
		if err := p.set(name, value); err != nil {
			problems = append(problems, *err)
		}
	}
	return p, problems
}

func (p *Policy) set(name, value string) *Problem {
	millis := func(target *time.Duration, low, high int) *Problem {
		ms, err := strconv.Atoi(value)
		if err != nil || ms < low || ms > high {
			return &Problem{Code: 11241, Text: fmt.Sprintf("connection override %s=%q: want %d to %d", name, value, low, high)}
		}
		*target = time.Duration(ms) * time.Millisecond
		return nil
	}
	switch name {
	case "ct":
		return millis(&p.Connect, 100, 10_000)
	case "rt":
		return millis(&p.Read, 100, 15_000)
	case "tt":
		return millis(&p.Total, 100, 15_000)
	case "rc":
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > 5 {
			return &Problem{Code: 11242, Text: fmt.Sprintf("connection override rc=%q: want 0 to 5", value)}
		}
		p.Retries = n
	case "rp":
		list := strings.Split(value, ",")
		for _, item := range list {
			if !slices.Contains([]string{"4xx", "5xx", "ct", "rt", "all"}, item) {
				return &Problem{Code: 11243, Text: fmt.Sprintf("connection override rp=%q", value)}
			}
		}
		p.On = list
	case "sni":
		if value != "y" && value != "n" {
			return &Problem{Code: 11240, Text: fmt.Sprintf("connection override sni=%q", value)}
		}
	}
	return nil
}

// retries tells whether a failure of that class is tried again; an answer that
// broke off half-way never is.
func (p Policy) retries(class string) bool {
	return class != "" && class != "partial" && (slices.Contains(p.On, "all") || slices.Contains(p.On, class))
}
