package api

import (
	"context"
	"time"
)

// Draft is what an employer writes of a campaign.
type Draft struct {
	Name        string   `json:"name"`
	Content     Content  `json:"content"`
	Audience    Audience `json:"audience"`
	MaxAttempts int      `json:"max_attempts,omitempty"`
}

// Content is what is said and asked.
type Content struct {
	Purpose         map[string]string `json:"purpose"`
	LanguageDefault string            `json:"language_default"`
	Texts           map[string]Text   `json:"texts"`
	Voice           string            `json:"voice"`
	Choices         []Choice          `json:"choices"`
	Voicemail       string            `json:"voicemail"`
}

// Text is what is said in one language.
type Text struct {
	Message   string `json:"message"`
	Voicemail string `json:"voicemail,omitempty"`
}

// Choice is a key that answers.
type Choice struct {
	Key   int               `json:"key"`
	Label map[string]string `json:"label"`
}

// Audience says whom a campaign is for.
type Audience struct {
	Kind string   `json:"kind"`
	Tags []string `json:"tags,omitempty"`
}

// Campaign is a campaign and how far it has come.
type Campaign struct {
	ID            string   `json:"id"`
	Status        string   `json:"status"`
	ManifestHash  string   `json:"manifest_hash"`
	ManifestTotal int      `json:"manifest_total"`
	Progress      Progress `json:"progress"`
}

// Progress counts recipients by state.
type Progress struct {
	Total         int            `json:"total"`
	Pending       int            `json:"pending"`
	Dialling      int            `json:"dialling"`
	Answered      int            `json:"answered"`
	AnsweredNoKey int            `json:"answered_no_key"`
	Voicemail     int            `json:"voicemail"`
	NoAnswer      int            `json:"no_answer"`
	Busy          int            `json:"busy"`
	Failed        int            `json:"failed"`
	Skipped       int            `json:"skipped"`
	Cancelled     int            `json:"cancelled"`
	Answers       map[string]int `json:"answers"`
	CallsMade     int            `json:"calls_made"`
}

// Final counts the recipients that have reached their final state.
func (p Progress) Final() int {
	return p.Answered + p.AnsweredNoKey + p.Voicemail + p.NoAnswer + p.Busy + p.Failed + p.Skipped + p.Cancelled
}

// Plan is a campaign's dry run.
type Plan struct {
	PlanHash   string `json:"plan_hash"`
	Total      int    `json:"total"`
	Callable   int    `json:"callable"`
	InHoursNow int    `json:"in_hours_now"`
	Skipped    []struct {
		Reason string `json:"reason"`
		Count  int    `json:"count"`
	} `json:"skipped"`
	Spoken map[string][]string `json:"spoken"`
}

// CreateCampaign stores a draft.
func (c *Client) CreateCampaign(ctx context.Context, d Draft) (Campaign, error) {
	var out Campaign
	return out, c.post(ctx, "/campaigns", d, &out)
}

// Campaign reads one campaign.
func (c *Client) Campaign(ctx context.Context, id string) (Campaign, error) {
	var out Campaign
	return out, c.get(ctx, "/campaigns/"+id, &out)
}

// Plan tells who would be called and who not.
func (c *Client) Plan(ctx context.Context, id string) (Plan, error) {
	var out Plan
	return out, c.get(ctx, "/campaigns/"+id+"/plan", &out)
}

// Launch starts a campaign by the plan that was looked at.
func (c *Client) Launch(ctx context.Context, id, planHash string) (Campaign, error) {
	var out Campaign
	return out, c.post(ctx, "/campaigns/"+id+"/launch", map[string]string{"plan_hash": planHash}, &out)
}

// Pause stops new calls.
func (c *Client) Pause(ctx context.Context, id string) (Campaign, error) {
	var out Campaign
	return out, c.post(ctx, "/campaigns/"+id+"/pause", map[string]string{"reason": "Checking the list"}, &out)
}

// Resume lets a paused campaign go on.
func (c *Client) Resume(ctx context.Context, id string) (Campaign, error) {
	var out Campaign
	return out, c.post(ctx, "/campaigns/"+id+"/resume", map[string]string{}, &out)
}

// ResumeFor lets a campaign go on that has paused by itself, for a reason.
func (c *Client) ResumeFor(ctx context.Context, id, reason string) (Campaign, error) {
	var out Campaign
	return out, c.post(ctx, "/campaigns/"+id+"/resume", map[string]string{"reason": reason}, &out)
}

// Recipient is one person of a campaign.
type Recipient struct {
	ID           string `json:"id"`
	EmployeeID   string `json:"employee_id"`
	Name         string `json:"name"`
	State        string `json:"state"`
	Reason       string `json:"reason"`
	Answer       *int   `json:"answer"`
	AttemptsMade int    `json:"attempts_made"`
}

// Recipients lists everybody of a campaign.
func (c *Client) Recipients(ctx context.Context, id string) ([]Recipient, error) {
	var all []Recipient
	for cursor := ""; ; {
		var page struct {
			Items      []Recipient `json:"items"`
			NextCursor *string     `json:"next_cursor"`
		}
		path := "/campaigns/" + id + "/recipients?limit=100"
		if cursor != "" {
			path += "&cursor=" + cursor
		}
		if err := c.get(ctx, path, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.NextCursor == nil {
			return all, nil
		}
		cursor = *page.NextCursor
	}
}

// RecipientsCSV is the same as a file.
func (c *Client) RecipientsCSV(ctx context.Context, id string) ([]byte, error) {
	var data []byte
	return data, c.get(ctx, "/campaigns/"+id+"/recipients?format=csv", &data)
}

// Preview rings the user's own phone with the campaign.
func (c *Client) Preview(ctx context.Context, campaign, language string) (attempt string, err error) {
	var out struct {
		AttemptID string `json:"attempt_id"`
	}
	err = c.post(ctx, "/previews", map[string]string{"campaign_id": campaign, "language": language}, &out)
	return out.AttemptID, err
}

// PreviewState tells how far a preview has come.
func (c *Client) PreviewState(ctx context.Context, attempt string) (state string, answer *int, err error) {
	var out struct {
		State  string `json:"state"`
		Answer *int   `json:"answer"`
	}
	err = c.get(ctx, "/previews/"+attempt, &out)
	return out.State, out.Answer, err
}

// Await asks until a condition holds. The error says what was waited for and
// what was there instead.
func Await(ctx context.Context, what string, limit, every time.Duration, look func() (done bool, seen string, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		done, seen, err := look()
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return &Late{What: what, Limit: limit, Seen: seen}
		case <-tick.C:
		}
	}
}
