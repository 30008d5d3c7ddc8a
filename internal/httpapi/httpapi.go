// Package httpapi owns the way from HTTP to the domains and back: routes by
// trust level, decoding, one shape of error, the browser's armour and the
// front end's files. It must hold no SQL and no rule: it decodes, calls one
// domain, encodes.
package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/account"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/campaign"
	"github.com/callshu/callshu/internal/clock"
	"github.com/callshu/callshu/internal/dialer"
	"github.com/callshu/callshu/internal/employee"
	"github.com/callshu/callshu/internal/report"
)

// Deps is what the routes call. Nil services still document their routes.
type Deps struct {
	Log            *slog.Logger
	Clock          clock.Clock
	PublicURL      string                      // where browsers reach us, without a slash at its end
	TrustedProxies []string                    // CIDRs whose X-Forwarded-For and -Proto are believed; none: the peer is the client
	LoopbackNames  bool                        // answer under localhost too, whatever PublicURL says; never in production
	Ready          func(context.Context) error // what /readyz asks
	Web            fs.FS                       // the built front end
	Webhooks       http.Handler                // mounted at /webhooks, outside limits and browser rules
	ZoneData       string                      // the release of the time-zone rules, such as 2026f
	SecurityEmail  string                      // who hears of vulnerabilities

	Stopping <-chan struct{} // closed when the server stops: streams end

	Auth      *auth.Service
	Account   *account.Service
	Audit     *audit.Log
	Reports   *report.Service
	Employees *employee.Service
	Campaigns *campaign.Service
	Dialer    *dialer.Dialer
}

// server carries what handlers need; each file of the package registers its own routes.
type server struct {
	Deps
	api  huma.API
	hub  *hub // live pages
	site *site

	denied denials

	public   group // anybody
	limited  group // anybody, within the ten attempts of an address
	session  group // a signed-in user, whatever the account's status
	tenant   group // a signed-in user of an active account
	owner    group // the same, who is an owner
	operator group // Callshu staff
}

// New returns the whole HTTP surface of the product.
func New(d Deps) http.Handler {
	s, router := build(d)
	s.registerPages(router)
	return router
}

// OpenAPI returns the description of the API, indented. It needs no database.
func OpenAPI() ([]byte, error) {
	s, _ := build(Deps{Log: slog.New(slog.DiscardHandler), Clock: clock.Real{}})
	document, err := json.MarshalIndent(s.api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode openapi: %w", err)
	}
	return append(document, '\n'), nil
}

func build(d Deps) (*server, *chi.Mux) {
	setHumaDefaults()
	router := chi.NewRouter()
	s := &server{Deps: d, hub: newHub(), site: loadSite(d.Web)}
	s.useMiddlewares(router)
	s.api = humachi.New(router, apiConfig())
	s.api.OpenAPI().Components.Schemas.RegisterTypeAlias(reflect.TypeFor[uuid.UUID](), reflect.TypeFor[idSchema]())
	s.public = s.newGroup("public", "")
	s.limited = s.newGroup("public", "", s.takeAttempt)
	s.session = s.newGroup("session", userCookie, s.requireSession)
	s.tenant = s.newGroup("tenant", userCookie, s.requireSession, s.requireActive)
	s.owner = s.newGroup("owner", userCookie, s.requireSession, s.requireActive, s.requireOwner)
	s.operator = s.newGroup("operator", operatorCookie, s.requireOperator, s.noteRead)

	// Each file registers its own routes here.
	s.registerAuth()
	s.registerFactor()
	s.registerMe()
	s.registerUsers()
	s.registerSettings()
	s.registerAudit()
	s.registerOperatorAuth()
	s.registerOperator()
	s.registerReports()
	s.registerDialling()
	s.registerOptOuts()
	s.registerEmployees()
	s.registerInbox()
	s.registerCampaigns()
	s.registerSaved()

	return s, router
}

const apiBase = "/api/v1"

// idSchema stands for ids in the document. The library takes them for any text,
// and then nothing says which places of a request name an object.
type idSchema string

// Schema tells huma what an id looks like.
func (idSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "uuid"}
}

func apiConfig() huma.Config {
	config := huma.DefaultConfig("Callshu", "1")
	config.Info.Description = "Calls to the people of an employer, with their consent. Errors are RFC 9457 problems with a stable code."
	config.OpenAPIPath = "" // served by registerPages: the library makes it at the first request, unguarded
	config.DocsPath = ""    // its page loads scripts from elsewhere
	config.SchemasPath = "" // the document says it all
	config.CreateHooks = nil
	config.RejectUnknownQueryParameters = true
	config.Formats = map[string]huma.Format{
		"application/json": {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshalStrictly},
		"json":             {Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshalStrictly},
	}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session":  {Type: "apiKey", In: "cookie", Name: userCookie},
		"operator": {Type: "apiKey", In: "cookie", Name: operatorCookie},
	}
	return config
}

// group is a trust level: its middlewares run before a route's input is read.
type group struct {
	api   *huma.Group
	level string
	check string // the security scheme
}

type humaMiddleware = func(huma.Context, func(huma.Context))

func (s *server) newGroup(level, cookie string, middlewares ...humaMiddleware) group {
	g := group{api: huma.NewGroup(s.api), level: level}
	g.api.UseMiddleware(middlewares...)
	switch cookie {
	case userCookie:
		g.check = "session"
	case operatorCookie:
		g.check = "operator"
	}
	return g
}

// Limits of request bodies. huma refuses a body that reaches its limit, hence one more.
const (
	maxJSON = 64<<10 + 1
	maxCSV  = 16<<20 + 1
)

// route registers one operation in a trust level. The path is relative to
// /api/v1; the id becomes the client's function name. Errors need not be
// listed: every operation answers a Problem.
func route[I, O any](g group, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	op.Path = apiBase + op.Path
	if len(op.Tags) == 0 {
		op.Tags = []string{strings.Split(strings.TrimPrefix(op.Path, apiBase+"/"), "/")[0]}
	}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = maxJSON
	}
	if g.check != "" {
		op.Security = []map[string][]string{{g.check: {}}}
	}
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions["x-level"] = g.level
	huma.Register(g.api, op, withoutCards(handler))
}
