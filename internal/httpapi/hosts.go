package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// ownHost refuses what was not meant for us: a name that another site points at
// our address (rebinding), or one that only a forger sends. The health checks
// are asked by address, from whatever stands next to us.
func (s *server) ownHost(next http.Handler) http.Handler {
	own := hostOf(s.PublicURL)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isHealth(r.URL.Path) || sameHost(own, r.Host) || s.LoopbackNames && isLoopback(r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		writeProblem(w, r, newProblem(http.StatusMisdirectedRequest, "wrong_host", "This server does not answer under that name."))
	})
}

func isHealth(path string) bool { return path == "/healthz" || path == "/readyz" }

// origin is a host and a port, in one notation.
type origin struct{ host, port string }

// hostOf is where a URL leads, with the port that its scheme implies.
func hostOf(publicURL string) origin {
	u, err := url.Parse(publicURL)
	if err != nil {
		return origin{}
	}
	o := splitHost(u.Host)
	if o.port == "" {
		o.port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return o
}

// sameHost compares a Host header, in which the scheme's own port may be missing.
func sameHost(own origin, header string) bool {
	given := splitHost(header)
	if given.port == "" && (own.port == "80" || own.port == "443") {
		given.port = own.port
	}
	return own.host != "" && given == own
}

func splitHost(text string) origin {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = text, ""
	}
	return origin{strings.ToLower(strings.Trim(host, "[]")), port}
}

// isLoopback accepts any port: a development server of the front end passes its
// own on. No name that somebody else's DNS answers is among these.
func isLoopback(header string) bool {
	host := splitHost(header).host
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
