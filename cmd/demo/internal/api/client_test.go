package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
)

func TestClientKeepsTheSessionAndTellsRefusalsInFull(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/auth/login" {
			http.SetCookie(w, &http.Cookie{Name: "__Host-callshu", Value: "session", Path: "/", Secure: true, HttpOnly: true})
			w.Write([]byte(`{"account":{"status":"active"}}`))
			return
		}
		if cookie, err := r.Cookie("__Host-callshu"); err != nil || cookie.Value != "session" || r.Header.Get("X-Forwarded-For") != "203.0.113.9" {
			t.Errorf("request without session or origin: %v", r.Header)
		}
		w.WriteHeader(http.StatusUnprocessableEntity)
		w.Write([]byte(`{"status":422,"code":"invalid","detail":"Look again.","errors":[{"location":"body.phone","code":"toll_free","message":"No."}]}`))
	}))
	defer server.Close()
	client := api.New(server.URL, "203.0.113.9")
	me, err := client.Login(t.Context(), "a@b.example", "x")
	if err != nil || me.Account.Status != "active" {
		t.Fatal(me, err)
	}
	err = client.SendPhoneCode(t.Context(), "1-800")
	if err == nil {
		t.Fatal("a refusal was taken for a success")
	}
	for _, part := range []string{"POST /me/phone", "422", "invalid", "Look again.", "body.phone", "toll_free"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not tell %q", err, part)
		}
	}
}

func TestAwaitTellsWhatWasThereInstead(t *testing.T) {
	t.Parallel()
	err := api.Await(context.Background(), "a miracle", 20*time.Millisecond, time.Millisecond, func() (bool, string, error) { return false, "water", nil })
	if err == nil || !strings.Contains(err.Error(), "a miracle") || !strings.Contains(err.Error(), "water") {
		t.Errorf("got %v", err)
	}
	if err := api.Await(context.Background(), "bread", time.Minute, time.Millisecond, func() (bool, string, error) { return true, "", nil }); err != nil {
		t.Error(err)
	}
}
