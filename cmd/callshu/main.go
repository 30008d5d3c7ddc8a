// Command callshu is the product: one binary that serves the API, the
// dashboard and the carrier's webhooks, and dials.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/httpapi"
)

// version is set by the build.
var version = "development"

type commands struct {
	Serve       serve       `cmd:"" help:"Run the server and the dialler."`
	Migrate     migrate     `cmd:"" help:"Create the database roles and bring the schema up to date."`
	Operator    app.Staff   `cmd:"" help:"Manage Callshu staff."`
	Audit       audits      `cmd:"" help:"Check the audit log."`
	Healthcheck healthcheck `cmd:"" help:"Exit 0 if the server at an address is ready."`
	Openapi     openapi     `cmd:"" help:"Print the API description."`
	Version     showVersion `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser := newParser(ctx)
	command, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	command.FatalIfErrorf(command.Run())
}

func newParser(ctx context.Context) *kong.Kong {
	return kong.Must(&commands{}, kong.Name("callshu"),
		kong.Description("Calls to your own people, with their consent. Settings come from the environment; see .env.example."),
		kong.BindTo(ctx, (*context.Context)(nil)))
}

type serve struct{}

func (serve) Run(ctx context.Context) error { return app.Serve(ctx, os.Getenv, os.Stderr, version) }

type migrate struct{}

func (migrate) Run(ctx context.Context) error { return app.Migrate(ctx, os.Getenv) }

type audits struct {
	Verify auditVerify `cmd:"" help:"Recompute every seal; exit 1 at the first that does not hold."`
	Check  auditCheck  `cmd:"" help:"Tell whether a file of a Monday report is as it was made; exit 1 if not."`
}

type auditVerify struct{}

func (auditVerify) Run(ctx context.Context) error { return app.VerifyAudit(ctx, os.Getenv, os.Stdout) }

type auditCheck struct {
	File string `arg:"" type:"existingfile" help:"A CSV or PDF that came with a report."`
}

func (a auditCheck) Run(ctx context.Context) error {
	return app.CheckReportFile(ctx, os.Getenv, os.Stdout, a.File)
}

type healthcheck struct {
	URL string `arg:"" optional:"" default:"http://127.0.0.1:8080/readyz" help:"Address to ask."`
}

func (h healthcheck) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, nil)
	if err != nil {
		return fmt.Errorf("read address: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask server: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("server is not ready: %s", answer.Status)
	}
	return nil
}

type openapi struct{}

func (openapi) Run() error {
	document, err := httpapi.OpenAPI()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(document)
	return err
}

type showVersion struct{}

func (showVersion) Run() error {
	fmt.Println(version)
	return nil
}
