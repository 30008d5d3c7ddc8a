package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// Import is what became of a file.
type Import struct {
	ID                *string `json:"import_id"`
	Total             int     `json:"total"`
	New               int     `json:"new"`
	Changed           int     `json:"changed"`
	Unchanged         int     `json:"unchanged"`
	Rejected          int     `json:"rejected"`
	InvitationsQueued int     `json:"invitations_queued"`
	Errors            []struct {
		Row     int    `json:"row"`
		Column  string `json:"column"`
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
}

// DryRun checks a file of people.
func (c *Client) DryRun(ctx context.Context, csv []byte) (Import, error) {
	var result Import
	return result, c.send(ctx, http.MethodPost, "/employees/import?dry_run=true", &body{"text/csv", csv}, &result)
}

// Import takes a file of people, with the statement of how they gave their numbers.
func (c *Client) Import(ctx context.Context, csv []byte, attestation string, invite bool) (Import, error) {
	query := url.Values{"attestation": {attestation}, "invite": {strconv.FormatBool(invite)}}
	var result Import
	return result, c.send(ctx, http.MethodPost, "/employees/import?"+query.Encode(), &body{"text/csv", csv}, &result)
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
