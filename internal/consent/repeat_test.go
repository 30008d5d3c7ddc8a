package consent

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Webhooks come twice and late, and the sweep brings texts again: however often
// each text is delivered, and however late its copies come, the end is that of
// each text once; and whoever's last word is STOP may not be called.
func TestI8RepeatedTextsEndTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mill := w.employer("Mill", w.sender(ours))
	words := []string{"YES", "STOP", "START", "HELP", "stop all", "hello?", "YES 1", "please stop"}
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		said := rapid.SliceOfN(rapid.SampledFrom(words), 1, 7).Draw(rt, "said")
		var ends []State
		for phone, repeated := range []bool{false, true} {
			number := fmt.Sprintf("+1416%03d%04d", 200+phone, round)
			w.invited(mill, number, "en")
			var past []Inbound
			for _, body := range said {
				w.clock.Advance(5 * time.Second) // all of it within one day of calling hours
				past = append(past, Inbound{MessageSID: w.sid(), From: number, To: ours, Body: body})
				w.receive(past[len(past)-1])
				if repeated {
					for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(past)-1), 0, 3).Draw(rt, "again") {
						if out := w.receive(past[i]); !out.Duplicate {
							rt.Fatalf("%q was taken twice", past[i].Body)
						}
					}
				}
				w.send()
			}
			ends = append(ends, w.state(mill, number))
			last := said[len(said)-1]
			if (last == "STOP" || last == "stop all" || last == "please stop") && ends[phone] == StateOptedIn {
				rt.Fatalf("%v ends %s", said, ends[phone])
			}
		}
		if ends[0] != ends[1] {
			rt.Fatalf("%v ends %s, with copies %s", said, ends[0], ends[1])
		}
	})
}
