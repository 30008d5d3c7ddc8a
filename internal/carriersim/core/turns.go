package core

// Turns keeps what was created first in front: answers leave concurrently, and
// what they set in motion must not overtake each other. The lock must be held.
type Turns struct{ waiting []*turn }

type turn struct {
	ready bool
	f     func()
}

// Take returns what to call when f may run; it runs once everything that took
// its turn earlier has run.
func (t *Turns) Take(f func()) (ready func()) {
	mine := &turn{f: f}
	t.waiting = append(t.waiting, mine)
	return func() {
		mine.ready = true
		for len(t.waiting) > 0 && t.waiting[0].ready {
			next := t.waiting[0]
			t.waiting = t.waiting[1:]
			next.f()
		}
	}
}
