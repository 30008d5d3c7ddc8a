package httpapi

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// encrypted refuses what our own proxy says came to it in plain text. A person
// who typed the address is sent to the safe one; a program is refused instead,
// so that it does not go on sending its secrets over the open line first.
func (s *server) encrypted(next http.Handler) http.Handler {
	if !strings.HasPrefix(s.PublicURL, "https://") {
		return next
	}
	proxies := prefixesOf(s.TrustedProxies)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reading := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case isHealth(r.URL.Path) || !saidPlain(r, proxies):
			next.ServeHTTP(w, r)
		case reading && !isAPI(r.URL.Path):
			http.Redirect(w, r, s.safeAddress(r.URL), http.StatusPermanentRedirect) //nolint:gosec // it begins with our own address and a slash
		default:
			writeProblem(w, r, newProblem(http.StatusForbidden, "https_required", "This address is served over https only."))
		}
	})
}

// safeAddress is where the same page is safe. It takes nothing else of what was
// asked for: a target that is no path would continue our own name.
func (s *server) safeAddress(asked *url.URL) string {
	address := s.PublicURL + "/" + strings.TrimPrefix(asked.EscapedPath(), "/")
	if asked.RawQuery != "" {
		address += "?" + asked.RawQuery
	}
	return address
}

// saidPlain reports whether a proxy of ours says that the request came to it
// without TLS. What anybody else says of it is worth nothing.
func saidPlain(r *http.Request, proxies []netip.Prefix) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	for _, prefix := range proxies {
		if prefix.Contains(peer.Addr().Unmap().WithZone("")) {
			return saysHTTP(r.Header.Values("X-Forwarded-Proto"))
		}
	}
	return false
}

// saysHTTP reports whether any hop came in plain text.
func saysHTTP(lines []string) bool {
	for _, scheme := range strings.Split(strings.Join(lines, ","), ",") {
		if strings.EqualFold(strings.TrimSpace(scheme), "http") {
			return true
		}
	}
	return false
}

func prefixesOf(cidrs []string) []netip.Prefix {
	list := make([]netip.Prefix, len(cidrs))
	for i, cidr := range cidrs {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			panic(fmt.Sprintf("httpapi: trusted proxy %q is no CIDR: %v", cidr, err)) // configuration checks it first
		}
		list[i] = prefix
	}
	return list
}
