package httpapi

import (
	"container/list"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/callshu/callshu/internal/auth"
)

// The published promise: requests per minute of one address. It is kept by each
// replica for itself, in memory: what it guards is this process.
const (
	generalLimit  = 200
	generalWindow = time.Minute
	// maxNetworks bounds the memory: an entry is some 200 bytes and 8 for each
	// hit. Beyond it the address that was silent for longest is forgotten.
	maxNetworks = 1 << 16
)

// slidingLog admits at most limit hits of a key in any span of window, exactly:
// it remembers when each of them was, and forgets what lies further back. An
// approximation by two counters would admit twice as many where they meet.
type slidingLog struct {
	limit, keys int
	window      time.Duration
	now         func() time.Time

	mu     sync.Mutex
	born   time.Time
	byKey  map[string]*list.Element
	recent *list.List // of *hits, the key that was admitted last in front
}

// hits are when a key was admitted, since the log's birth, oldest first.
type hits struct {
	key string
	at  []time.Duration
}

func newSlidingLog(limit, keys int, window time.Duration, now func() time.Time) *slidingLog {
	return &slidingLog{limit: limit, keys: keys, window: window, now: now, born: now(), byKey: map[string]*list.Element{}, recent: list.New()}
}

// take admits one hit of a key, or returns how long until the next one would
// be. A refused hit does not count. left is how many more would be admitted now.
func (l *slidingLog) take(key string) (left int, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now().Sub(l.born)
	l.forget(now)
	entry := l.byKey[key]
	if entry == nil {
		entry = l.recent.PushFront(&hits{key: key})
		l.byKey[key] = entry
	}
	h := entry.Value.(*hits)
	for len(h.at) > 0 && now-h.at[0] >= l.window {
		h.at = h.at[1:]
	}
	if len(h.at) >= l.limit {
		return 0, h.at[0] + l.window - now
	}
	h.at = append(h.at, now)
	l.recent.MoveToFront(entry)
	return l.limit - len(h.at), 0
}

// forget drops keys whose hits are all too old, and the most silent ones beyond
// the bound. Each call drops what the calls before it have left behind.
func (l *slidingLog) forget(now time.Duration) {
	for oldest := l.recent.Back(); oldest != nil; oldest = l.recent.Back() {
		h := oldest.Value.(*hits)
		if l.recent.Len() <= l.keys && now-h.at[len(h.at)-1] < l.window {
			return
		}
		delete(l.byKey, h.key)
		l.recent.Remove(oldest)
	}
}

// limitRequests holds each address to the general limit; refuse writes what
// the one beyond it gets.
func limitRequests(refuse http.HandlerFunc) func(http.Handler) http.Handler {
	requests := newSlidingLog(generalLimit, maxNetworks, generalWindow, time.Now)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			left, wait := requests.take(auth.NetworkOf(infoOf(r.Context()).ip))
			h := w.Header()
			h.Set("RateLimit-Limit", strconv.Itoa(generalLimit))
			h.Set("RateLimit-Remaining", strconv.Itoa(left))
			if wait > 0 {
				seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
				h.Set("RateLimit-Reset", seconds)
				h.Set("Retry-After", seconds)
				refuse(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func tooMany(w http.ResponseWriter, r *http.Request) { failStatus(w, r, http.StatusTooManyRequests) }
