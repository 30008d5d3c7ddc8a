package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Import is a file of people and what becomes of it.
type Import struct {
	ID                string `json:"id"`
	State             string `json:"state"`
	Done              int    `json:"done"`
	Total             int    `json:"total"`
	New               int    `json:"new"`
	Changed           int    `json:"changed"`
	Unchanged         int    `json:"unchanged"`
	Rejected          int    `json:"rejected"`
	Gone              int    `json:"gone"`
	InvitationsQueued int    `json:"invitations_queued"`
	Problem           *struct {
		Message string `json:"message"`
	} `json:"problem"`
	Check *struct {
		Errors []struct {
			Row     int    `json:"row"`
			Column  string `json:"column"`
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
	} `json:"check"`
}

// Upload has a file of people checked; nobody is added by it.
func (c *Client) Upload(ctx context.Context, csv []byte) (Import, error) {
	var result Import
	return result, c.send(ctx, http.MethodPost, "/employees/imports?name=people.csv", &body{"text/csv", csv}, &result)
}

// ConfirmImport has a job take a checked file, with the statement of how its
// people gave their numbers.
func (c *Client) ConfirmImport(ctx context.Context, id, attestation string, invite bool) (Import, error) {
	var result Import
	return result, c.post(ctx, "/employees/imports/"+id+"/confirm", map[string]any{"attestation": attestation, "invite": invite}, &result)
}

// lookEvery is how often a page may look within the limit of an address.
const lookEvery = 300 * time.Millisecond

// AwaitImport waits until the job has taken a file, and shows each look at it.
func (c *Client) AwaitImport(ctx context.Context, id string, looks ...func(Import)) (Import, error) {
	var result Import
	err := Await(ctx, "the import", 2*time.Minute, lookEvery, func() (bool, string, error) {
		err := c.get(ctx, "/employees/imports/"+id, &result)
		if err == nil && result.State == "failed" {
			err = fmt.Errorf("the import failed: %s", result.Problem.Message)
		}
		for _, look := range looks {
			look(result)
		}
		return result.State == "done", fmt.Sprintf("%s, %d of %d people", result.State, result.Done, result.Total), err
	})
	return result, err
}

// Import takes a file of people from the check to the end of the job.
func (c *Client) Import(ctx context.Context, csv []byte, attestation string, invite bool) (Import, error) {
	up, err := c.Upload(ctx, csv)
	if err != nil {
		return up, err
	}
	if _, err := c.ConfirmImport(ctx, up.ID, attestation, invite); err != nil {
		return up, err
	}
	return c.AwaitImport(ctx, up.ID)
}

// Funnel counts people by state of consent.
type Funnel struct {
	Imported    int `json:"imported"`
	None        int `json:"none"`
	Invited     int `json:"invited"`
	OptedIn     int `json:"opted_in"`
	OptedOut    int `json:"opted_out"`
	Lapsed      int `json:"lapsed"`
	CallableNow int `json:"callable_now"`
}

// Funnel counts the account's people.
func (c *Client) Funnel(ctx context.Context) (Funnel, error) {
	var f Funnel
	return f, c.get(ctx, "/employees/funnel", &f)
}

// Employee is one person.
type Employee struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Phone   string   `json:"phone"`
	Tags    []string `json:"tags"`
	Consent struct {
		State string `json:"state"`
	} `json:"consent"`
}

// FirstEmployees lists the first n people, at most 200.
func (c *Client) FirstEmployees(ctx context.Context, n int) ([]Employee, error) {
	var page struct {
		Items []Employee `json:"items"`
	}
	err := c.get(ctx, "/employees?"+url.Values{"limit": {strconv.Itoa(n)}}.Encode(), &page)
	return page.Items, err
}

// Employees lists everybody, page by page.
func (c *Client) Employees(ctx context.Context) ([]Employee, error) {
	var all []Employee
	for cursor := ""; ; {
		var page struct {
			Items      []Employee `json:"items"`
			NextCursor *string    `json:"next_cursor"`
		}
		query := url.Values{"limit": {"100"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		if err := c.get(ctx, "/employees?"+query.Encode(), &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all, nil
		}
		cursor = *page.NextCursor
	}
}

// ConsentEvent is one entry of a person's ledger.
type ConsentEvent struct {
	Kind           string `json:"kind"`
	WordingVersion string `json:"wording_version"`
}

// Consent reads a person's ledger.
func (c *Client) Consent(ctx context.Context, employee string) (state string, events []ConsentEvent, err error) {
	var out struct {
		State  string         `json:"state"`
		Events []ConsentEvent `json:"events"`
	}
	err = c.get(ctx, "/employees/"+employee+"/consent", &out)
	return out.State, out.Events, err
}
