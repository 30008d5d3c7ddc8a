package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/callshu/callshu/internal/twilio"
)

// poster posts webhooks as the carrier does, signed.
type poster struct {
	client *http.Client
	mu     sync.Mutex
	took   []time.Duration // from when it was due until its answer was read
	failed int
}

func newPoster() *poster {
	return &poster{client: &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
}

// post sends one webhook that was due at an instant; its answer must be 2xx.
func (p *poster) post(ctx context.Context, due time.Time, address string, form url.Values) error {
	address, _, _ = strings.Cut(address, "#") // connection overrides are not part of what is asked for
	form.Set("AccountSid", accountSID)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("post webhook: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Twilio-Signature", twilio.Sign(authToken, address, form))
	answer, err := p.client.Do(request)
	if err != nil {
		return fmt.Errorf("post webhook: %w", err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return fmt.Errorf("post webhook: %w", err)
	}
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("post webhook: %s answered %s", address, answer.Status)
	}
	p.mu.Lock()
	p.took = append(p.took, time.Since(due))
	p.mu.Unlock()
	return nil
}

// life is what the carrier tells of a call that is taken, listened to and hung
// up: four webhooks, and when after its create each is due. Whoever hung up
// sooner would, in numbers, pause the campaign.
var life = []struct {
	after  time.Duration
	kind   string
	status string
}{
	{100 * time.Millisecond, "status", "initiated"},
	{300 * time.Millisecond, "status", "ringing"},
	{1500 * time.Millisecond, "voice", "in-progress"},
	{7500 * time.Millisecond, "status", "completed"},
}

// live plays the life of a call; what fails is counted.
func (p *poster) live(ctx context.Context, c call, group *sync.WaitGroup) {
	for sequence, step := range life {
		group.Go(func() {
			due := c.At.Add(step.after)
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Until(due)):
			}
			form := url.Values{"CallSid": {c.SID}, "From": {c.From}, "To": {c.To}, "CallStatus": {step.status}, "Direction": {"outbound-api"},
				"ApiVersion": {"2010-04-01"}}
			address := c.StatusURL
			if step.kind == "voice" {
				address = strings.Replace(address, "/status?", "/voice?", 1)
			} else {
				form.Set("CallbackSource", "call-progress-events")
				form.Set("SequenceNumber", strconv.Itoa(sequence))
			}
			if step.status == "completed" {
				form.Set("CallDuration", "6")
			}
			if err := p.post(ctx, due, address, form); err != nil {
				p.mu.Lock()
				p.failed++
				p.mu.Unlock()
			}
		})
	}
}
