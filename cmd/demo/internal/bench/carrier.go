package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/callshu/callshu/internal/carriersim/resource"
)

// carrier is the least that can stand for the carrier's API: it accepts every
// call after a fixed delay and keeps when each request came. It rings nobody
// and sends nothing by itself, so that what is measured is the dialler.
type carrier struct {
	URL    string
	server *http.Server
	delay  atomic.Int64 // nanoseconds before each answer
	calls  atomic.Int64 // creates taken since the last reset
	ids    atomic.Int64 // creates taken, ever

	mu     sync.Mutex
	last   time.Time            // when the newest create came
	ended  map[string]time.Time // by call id
	onCall func(call)
}

// call is one create as the carrier saw it.
type call struct {
	SID, To, From, StatusURL string
	At                       time.Time
}

func startCarrier() (*carrier, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the carrier: %w", err)
	}
	c := &carrier{URL: "http://" + listener.Addr().String()}
	c.reset()
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second}
	go c.server.Serve(listener) //nolint:errcheck // it ends with close
	return c, nil
}

func (c *carrier) close() { c.server.Close() } //nolint:errcheck // nothing is lost with it

// reset forgets every call.
func (c *carrier) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls.Store(0)
	c.ended, c.last, c.onCall = map[string]time.Time{}, time.Time{}, nil
}

// ServeHTTP knows the requests that the product sends: create, update and list
// of calls and messages.
func (c *carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	if err := r.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	time.Sleep(time.Duration(c.delay.Load()))
	w.Header().Set("Content-Type", "application/json")
	_, resource, _ := strings.Cut(strings.TrimSuffix(r.URL.Path, ".json"), "/Accounts/"+accountSID+"/")
	kind, sid, _ := strings.Cut(resource, "/")
	switch {
	case r.Method == http.MethodGet:
		fmt.Fprintf(w, `{"calls":[],"messages":[],"page":0,"page_size":50}`)
	case kind == "Calls" && sid != "":
		c.end(sid, at)
		fmt.Fprintf(w, `{"sid":%q,"status":"completed"}`, sid)
	case kind == "Calls":
		taken := c.take(r, at)
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, taken.created()) //nolint:errcheck // the caller has gone
	default:
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"sid":"SM%032x","status":"queued"}`, at.UnixNano())
	}
}

// created is the call as the real API answers: all its keys, which the client
// library reads one by one. A shorter answer would make the bare loop, which
// does little else, look faster than it can be.
func (c call) created() string { return strings.ReplaceAll(createdCall, anyCallSID, c.SID) }

const anyCallSID = "CA00000000000000000000000000000000"

// createdCall is the answer for one call. It is made once: what the carrier's
// end of a request costs is no part of what is measured.
var createdCall = func() string {
	uri, below := "/2010-04-01/Accounts/"+accountSID+"/Calls/"+anyCallSID, make(map[string]string)
	for _, kind := range []string{"Notifications", "Recordings", "Payments", "Events", "Siprec", "Streams", "Transcriptions", "UserDefinedMessages"} {
		below[strings.ToLower(kind)] = uri + "/" + kind + ".json"
	}
	stamp := resource.Stamp(time.Now())
	answer, err := json.Marshal(resource.Call{SID: anyCallSID, DateCreated: stamp, DateUpdated: stamp, AccountSID: accountSID, To: numberOf(0),
		ToFormatted: resource.Formatted(numberOf(0)), From: senderNumber, FromFormatted: resource.Formatted(senderNumber), Status: "queued",
		PhoneNumberSID: "PN00000000000000000000000000000001", PriceUnit: "USD", Direction: "outbound-api", APIVersion: "2010-04-01", QueueTime: "0",
		URI: uri + ".json", SubresourceURIs: below})
	if err != nil {
		panic(err) // the type has nothing that JSON cannot hold
	}
	return string(answer)
}()

func (c *carrier) take(r *http.Request, at time.Time) call {
	taken := call{SID: fmt.Sprintf("CA%032x", c.ids.Add(1)), To: r.PostForm.Get("To"), From: r.PostForm.Get("From"), StatusURL: r.PostForm.Get("StatusCallback"), At: at}
	c.calls.Add(1)
	c.mu.Lock()
	c.last = at
	tell := c.onCall
	c.mu.Unlock()
	if tell != nil {
		tell(taken)
	}
	return taken
}

// listen has somebody told of each call; nil for nobody.
func (c *carrier) listen(tell func(call)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onCall = tell
}

// lastCall is when the newest create came.
func (c *carrier) lastCall() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// endOf is when the carrier was asked to end a call.
func (c *carrier) endOf(sid string) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ended, ok := c.ended[sid]
	return ended, ok
}

func (c *carrier) end(sid string, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.ended[sid]; !known {
		c.ended[sid] = at
	}
}
