package httpapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// Whatever is claimed, the client's address is the peer's own, or one that the
// lines of a trusted peer name; and it is an address.
func FuzzClientAddress(f *testing.F) {
	for _, lines := range [][2]string{{"203.0.113.1", ""}, {"198.51.100.7, 203.0.113.2", "10.0.0.2"}, {"garbage,", ",,"}, {"::ffff:203.0.113.4", "[2001:db8::1]:443"}, {"fe80::1%eth0", "10.0.0.1"}, {"unknown", "\x00"}} {
		f.Add("10.0.0.1:4000", lines[0], lines[1])
		f.Add("192.0.2.1:4000", lines[0], lines[1])
	}
	s := &server{Deps: Deps{TrustedProxies: []string{"10.0.0.0/8"}}}
	proxies := netip.MustParsePrefix("10.0.0.0/8")
	f.Fuzz(func(t *testing.T, peer, first, second string) {
		info := &requestInfo{}
		r := httptest.NewRequestWithContext(context.WithValue(t.Context(), infoKey{}, info), http.MethodGet, "/", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = peer, []string{first, second}
		s.clientIP(noteClient(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))).ServeHTTP(httptest.NewRecorder(), r)
		if info.ip == "" {
			return // which is refused
		}
		got, err := netip.ParseAddr(info.ip)
		if err != nil {
			t.Fatalf("from %q for %q, %q: %q is no address", peer, first, second, info.ip)
		}
		from, err := netip.ParseAddrPort(peer)
		if err != nil || !proxies.Contains(from.Addr().Unmap()) {
			if err == nil && got.Unmap().WithZone("") != from.Addr().Unmap().WithZone("") {
				t.Errorf("from %q for %q, %q: %s, though nobody vouches for it", peer, first, second, got)
			}
			return
		}
		for _, named := range strings.Split(first+","+second, ",") {
			if addr, err := netip.ParseAddr(strings.TrimSpace(named)); err == nil && addr.Unmap().WithZone("") == got.Unmap().WithZone("") {
				return
			}
		}
		t.Errorf("from %q for %q, %q: %s, which nobody named", peer, first, second, got)
	})
}
