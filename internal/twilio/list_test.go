package twilio_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/callshu/callshu/internal/twilio"
)

// Every page is read: a STOP may stand on the last one.
func TestI2ListMessagesReadsEveryPage(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const pages = 3
		var page int
		fmt.Sscan(r.URL.Query().Get("Page"), &page) //nolint:errcheck // none on the first
		if page > 0 && r.URL.Query().Get("PageToken") != fmt.Sprintf("PASM%d", page) {
			http.Error(w, "whose page?", http.StatusBadRequest)
			return
		}
		answer := map[string]any{"messages": []map[string]any{
			{"sid": fmt.Sprintf("SM%d", page), "direction": "inbound", "body": "STOP", "date_created": now.Add(-time.Duration(page) * time.Hour).Format(time.RFC1123Z)},
		}}
		if page < pages {
			answer["next_page_uri"] = fmt.Sprintf("/2010-04-01/Accounts/%s/Messages.json?To=%%2B1&PageSize=1000&Page=%d&PageToken=PASM%d", account, page+1, page+1)
		}
		json.NewEncoder(w).Encode(answer) //nolint:errcheck // a test's own answer
	}))
	defer server.Close()
	c, err := twilio.New(twilio.Account{AccountSID: account, AuthToken: "token", BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	listed, err := c.ListMessages(t.Context(), "+14165550100", now.Add(-150*time.Minute))
	if err != nil || len(listed) != 3 || listed[2].SID != "SM2" {
		t.Fatalf("listed %v, %v; want those of the last 150 minutes", listed, err)
	}
}
