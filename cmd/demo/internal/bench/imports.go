package bench

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
)

// Import is a list of people taken through the API, as a browser takes it.
type Import struct {
	Line      string  `json:"line"`
	Rows      int     `json:"rows"`
	Bytes     int     `json:"bytes"`
	Check     float64 `json:"check_s"` // from the first byte sent until the check is answered
	Job       float64 `json:"job_s"`   // from the confirmation until the job has taken everybody
	Again     float64 `json:"again_check_s"`
	AgainJob  float64 `json:"again_job_s"` // the same file a second time
	New       int     `json:"new"`
	Unchanged int     `json:"again_unchanged"`
	Looks     int     `json:"looks"` // at the job, of which each saw how far it was
}

const importRows = 100_000

// imports is the line about a list of 100,000.
func (b *bench) imports(ctx context.Context) error {
	key, err := phoneKey()
	if err != nil {
		return err
	}
	w, err := newWorld(ctx, b.server, "imports", b.now, key)
	if err != nil {
		return err
	}
	defer w.close()
	p, err := b.serve(ctx, w, 1)
	if err != nil {
		return err
	}
	defer p.stop()
	b.Say("a list of %d people, twice ...", importRows)
	file := people(importRows)
	line := Import{Line: "import", Rows: importRows, Bytes: len(file)}
	first, err := p.take(ctx, file, &line, &line.Check, &line.Job)
	if err != nil {
		return err
	}
	again, err := p.take(ctx, file, &line, &line.Again, &line.AgainJob)
	if err != nil {
		return err
	}
	if first.New != importRows || first.InvitationsQueued != 0 || again.Unchanged != importRows || again.New+again.Changed+again.InvitationsQueued != 0 {
		return fmt.Errorf("import: %d new, then %d unchanged, %d new, %d changed and %d invited", first.New, again.Unchanged, again.New, again.Changed, again.InvitationsQueued)
	}
	line.New, line.Unchanged = first.New, again.Unchanged
	return b.print(line)
}

// people is a file of mixed formats.
func people(n int) []byte {
	var file strings.Builder
	file.WriteString("name,phone,language,time_zone,tags\r\n")
	for i := range n {
		number := numberOf(i)
		if i%2 == 0 {
			number = fmt.Sprintf("(%s) %s-%s", number[2:5], number[5:8], number[8:])
		}
		fmt.Fprintf(&file, "Zoë Tremblay %06d,%s,%s,%s,%s\r\n", i, number, []string{"en", "fr", ""}[i%3], []string{"", "America/Toronto"}[i%2], []string{"night;dock", "day", ""}[i%3])
	}
	return []byte(file.String())
}

// take has a file checked and taken, and looks as often as a page does. Nobody is
// asked by the way: that is as long as it takes to write so many texts.
func (p *product) take(ctx context.Context, file []byte, line *Import, check, job *float64) (api.Import, error) {
	began := time.Now()
	up, err := p.browser.Upload(ctx, file)
	if err != nil {
		return up, err
	}
	*check = time.Since(began).Seconds()
	began = time.Now()
	if up, err = p.browser.ConfirmImport(ctx, up.ID, "They gave their numbers when they were hired.", false); err != nil {
		return up, err
	}
	up, err = p.browser.AwaitImport(ctx, up.ID, func(api.Import) { line.Looks++ })
	*job = time.Since(began).Seconds()
	return up, err
}
