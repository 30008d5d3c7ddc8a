package fidelity_test

import (
	"errors"
	"testing"

	"github.com/twilio/twilio-go/client"
)

// wantCode checks that the official client understood a refusal.
func wantCode(t *testing.T, err error, status, code int) {
	t.Helper()
	var refused *client.TwilioRestError
	if !errors.As(err, &refused) {
		t.Errorf("got %v, want a TwilioRestError %d", err, code)
		return
	}
	if refused.Status != status || refused.Code != code || refused.Message == "" || refused.MoreInfo == "" {
		t.Errorf("got %+v, want HTTP %d code %d with text and link", refused, status, code)
	}
}
