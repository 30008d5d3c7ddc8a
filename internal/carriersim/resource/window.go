package resource

import "slices"

// Window is the part of a list that is asked for, newest first: at most Limit
// items that follow the one named After, or that come before the one named
// Before. With neither it is the beginning.
type Window struct {
	After, Before string // SIDs
	Limit         int
}

// Cut takes a window out of all there is, oldest first; show gives the shape
// of an item and whether it passes the filter. The anchor itself need not pass
// it: it may have changed since its page was shown. An anchor that is not in
// the list at all is not known.
func Cut[T, R any](all []T, w Window, sid func(T) string, show func(T) (R, bool)) (page []R, more, known bool) {
	at := func(anchor string) int {
		return slices.IndexFunc(all, func(item T) bool { return sid(item) == anchor })
	}
	if w.Before == "" {
		end := len(all)
		if w.After != "" {
			if end = at(w.After); end < 0 {
				return nil, false, false
			}
		}
		page, more = take(slices.Backward(all[:end]), w.Limit, show)
		return page, more, true
	}
	anchor := at(w.Before)
	if anchor < 0 {
		return nil, false, false
	}
	page, _ = take(slices.All(all[anchor+1:]), w.Limit, show)
	slices.Reverse(page)
	if len(page) > 0 {
		_, more = take(slices.Backward(all[:anchor+1]), 0, show)
	}
	return page, more, true
}

// take collects what passes up to a limit, and tells whether more would.
func take[T, R any](items func(func(int, T) bool), limit int, show func(T) (R, bool)) (page []R, more bool) {
	for _, item := range items {
		r, ok := show(item)
		if !ok {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, r)
	}
	return page, false
}
