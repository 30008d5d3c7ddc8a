package simtest

import (
	"strings"
	"time"

	"github.com/callshu/callshu/internal/carriersim/calls"
	"github.com/callshu/callshu/internal/carriersim/view"
)

// Call is a call in a test's hand. Its time stands still while the test looks
// elsewhere, until the test has pressed a key or said that it does nothing.
type Call struct {
	s     *T
	phone *Phone
	SID   string

	free bool // time runs without the test
	mark int  // what was heard before this was answered by a key
}

// View shows the call.
func (c *Call) View() view.Call {
	v, _ := c.s.CallView(c.SID)
	return v
}

// Heard is everything that has been heard so far.
func (c *Call) Heard() string { return c.View().Heard(c.s.Now()) }

func (c *Call) act(act calls.Act, keys string) {
	c.s.tb.Helper()
	if err := c.s.Do(c.phone.Number, act, keys); err != nil {
		c.s.tb.Fatalf("%v\n%s", err, c.s.dump())
	}
}

// Answer picks up.
func (c *Call) Answer() *Call {
	c.s.tb.Helper()
	c.act(calls.ActAnswer, "")
	c.s.Freeze(c.SID)
	return c
}

// Decline refuses the call.
func (c *Call) Decline() *Call {
	c.s.tb.Helper()
	c.act(calls.ActDecline, "")
	return c
}

// Ignore lets the phone ring.
func (c *Call) Ignore() *Call { return c.Silent() }

// Silent lets the call go on without doing anything.
func (c *Call) Silent() *Call {
	c.free = true
	c.s.Thaw(c.SID)
	return c
}

// HangUp ends the call.
func (c *Call) HangUp() *Call {
	c.s.tb.Helper()
	c.act(calls.ActHangUp, "")
	return c
}

// wait lets the call's time run until a condition holds.
func (c *Call) wait(holds func(view.Call) bool) bool {
	c.s.Thaw(c.SID)
	ok := c.s.drive(func() bool { return holds(c.View()) }, 500*time.Millisecond)
	if !c.free {
		c.s.Freeze(c.SID)
	}
	return ok
}

// Hears waits until all the given words have been heard, in any order and any
// case, since the last key.
func (c *Call) Hears(words ...string) *Call {
	c.s.tb.Helper()
	heard := func(v view.Call) bool {
		text := v.Heard(c.s.Now())
		return containsAll(text[min(c.mark, len(text)):], words)
	}
	ok := c.wait(func(v view.Call) bool { return heard(v) || !v.Live() })
	if !ok || !heard(c.View()) {
		text := c.Heard()
		c.s.tb.Fatalf("%s did not hear %q but %q\n%s", c.phone.Number, words, text[min(c.mark, len(text)):], c.s.dump())
	}
	return c
}

// HearsNot fails if the words have been heard in the call so far.
func (c *Call) HearsNot(words ...string) *Call {
	c.s.tb.Helper()
	text := strings.ToLower(c.Heard())
	for _, w := range words {
		if strings.Contains(text, strings.ToLower(w)) {
			c.s.tb.Fatalf("%s heard %q in %q", c.phone.Number, w, text)
		}
	}
	return c
}

// Press waits until keys count and presses them.
func (c *Call) Press(keys string) *Call {
	c.s.tb.Helper()
	ok := c.wait(func(v view.Call) bool { return v.Listening || !v.Live() })
	if !ok || !c.View().Listening {
		c.s.tb.Fatalf("%s could not press %s: no key is asked for\n%s", c.phone.Number, keys, c.s.dump())
	}
	c.act(calls.ActPress, keys)
	c.mark = len(c.Heard())
	c.free = true
	return c
}

// Prompted waits until the call has said everything and waits for a key.
func (c *Call) Prompted() *Call {
	c.s.tb.Helper()
	if !c.wait(func(v view.Call) bool { return v.Waiting || !v.Live() }) || !c.View().Waiting {
		c.s.tb.Fatalf("%s was not asked for a key\n%s", c.phone.Number, c.s.dump())
	}
	return c
}

// Ended waits until the call is over and the product has been told, and checks
// its final status.
func (c *Call) Ended(status string) *Call {
	c.s.tb.Helper()
	c.free = true
	ok := c.wait(func(v view.Call) bool { return !v.Live() && c.s.InFlight() == 0 })
	if v := c.View(); !ok || v.Status != status {
		c.s.tb.Fatalf("call to %s ended %s, want %s\n%s", c.phone.Number, v.Status, status, c.s.dump())
	}
	return c
}
