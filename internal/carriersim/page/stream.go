package page

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/callshu/callshu/internal/carriersim/core"
)

const (
	beat   = 120 * time.Millisecond // most often that a page is refreshed
	linger = 4 * time.Second        // how long a card stays after its call has ended
)

// patch is one refresh of a page: what changed since the last.
type patch struct {
	Bar   string            `json:"bar"`
	Order []string          `json:"order,omitempty"` // cards in order
	Cards map[string]string `json:"cards,omitempty"`
	More  int               `json:"more"`
	Tiles map[string]string `json:"tiles,omitempty"`
	Panel string            `json:"panel,omitempty"`
	Feeds string            `json:"feeds,omitempty"`
}

// viewer is one open page: what it already shows.
type viewer struct {
	h        *handler
	selected string
	shown    []string             // numbers with a card, in order
	until    map[string]time.Time // when the card of an ended call goes
	cards    map[string]string
	tiles    map[string]string
	panel    string
	feeds    string
}

func (h *handler) stream(w http.ResponseWriter, r *http.Request) {
	watcher := h.e.Watch()
	defer watcher.Stop()
	v := &viewer{h: h, selected: r.URL.Query().Get("phone"), until: map[string]time.Time{}, cards: map[string]string{}, tiles: map[string]string{}}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	send := func(p patch) bool {
		raw, _ := json.Marshal(p)
		_, err := fmt.Fprintf(w, "data: %s\n\n", raw)
		return err == nil && out.Flush() == nil
	}
	if !send(v.whole()) {
		return
	}
	changes := make(chan change)
	go listen(r, watcher, changes)
	tick := time.NewTicker(beat)
	defer tick.Stop()
	var pending change
	idle := 0
	for {
		select {
		case c, ok := <-changes:
			if !ok {
				return
			}
			pending.phones = append(pending.phones, c.phones...)
			pending.feeds = pending.feeds || c.feeds
		case <-tick.C:
			idle++
			gone := v.expired()
			if len(pending.phones) == 0 && !pending.feeds && !gone && idle < 8 {
				continue
			}
			idle = 0
			if !send(v.refresh(pending)) {
				return
			}
			pending = change{}
		}
	}
}

// change is what the engine has touched.
type change struct {
	phones []string
	feeds  bool
}

func listen(r *http.Request, watcher *core.Watcher, changes chan<- change) {
	defer close(changes)
	for {
		phones, feeds, err := watcher.Wait(r.Context())
		if err != nil {
			return
		}
		select {
		case changes <- change{phones, feeds}:
		case <-r.Context().Done():
			return
		}
	}
}

// whole is the first patch: everything.
func (v *viewer) whole() patch {
	c := change{feeds: true}
	for _, x := range v.h.e.Phones() {
		c.phones = append(c.phones, x.Number)
	}
	return v.refresh(c)
}

// expired drops the cards whose time is over; it reports whether there were any.
func (v *viewer) expired() bool {
	before := len(v.shown)
	v.shown = slices.DeleteFunc(v.shown, func(n string) bool {
		until, ending := v.until[n]
		if ending && time.Now().After(until) {
			delete(v.until, n)
			delete(v.cards, n)
			return true
		}
		return false
	})
	return len(v.shown) < before
}

func (v *viewer) refresh(c change) patch {
	p := patch{Bar: v.h.html("bar", v.h.bar()), Cards: map[string]string{}, Tiles: map[string]string{}}
	slices.Sort(c.phones)
	for _, number := range slices.Compact(c.phones) {
		phone, ok := v.h.e.Phone(number)
		if !ok {
			continue
		}
		x := v.h.card(phone)
		v.place(x)
		if tile := v.h.html("tile", x); v.tiles[number] != tile {
			v.tiles[number] = tile
			p.Tiles[x.ID] = tile
		}
	}
	visible := v.shown[:min(len(v.shown), maxCards)]
	p.More = len(v.shown) - len(visible)
	p.Order = make([]string, 0, len(visible))
	for _, number := range visible {
		p.Order = append(p.Order, domID(number))
		if phone, ok := v.h.e.Phone(number); ok && (v.cards[number] == "" || slices.Contains(c.phones, number)) {
			if html := v.h.html("card", v.h.card(phone)); html != v.cards[number] {
				v.cards[number] = html
				p.Cards[domID(number)] = html
			}
		}
	}
	if v.selected != "" && (v.panel == "" || slices.Contains(c.phones, v.selected)) {
		v.panel = v.h.html("inspect", v.h.inspect(v.selected))
		p.Panel = v.panel
	}
	if c.feeds {
		if html := v.h.html("feeds", v.h.feeds()); html != v.feeds {
			v.feeds, p.Feeds = html, html
		}
	}
	return p
}

// place keeps the cards in the order in which their phones became active.
func (v *viewer) place(x card) {
	shown := slices.Contains(v.shown, x.Number)
	switch {
	case x.Live && !shown:
		v.shown = append(v.shown, x.Number)
		delete(v.until, x.Number)
	case x.Live:
		delete(v.until, x.Number)
	case shown:
		if _, ending := v.until[x.Number]; !ending {
			v.until[x.Number] = time.Now().Add(linger)
		}
	}
}
