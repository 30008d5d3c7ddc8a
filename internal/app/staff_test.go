package app_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/app"
)

// The commands about operators hold for a running product.
func TestOperatorCommands(t *testing.T) {
	t.Parallel()
	p := startProduct(t)
	operator := p.asOperator()
	var out bytes.Buffer
	if err := app.ResetOperatorTOTP(t.Context(), p.getenv, &out, "op@callshu.example"); err != nil {
		t.Fatal(err)
	}
	if !totpSecret.MatchString(out.String()) || !strings.Contains(out.String(), "otpauth://totp/Callshu:op@callshu.example?") {
		t.Errorf("the new set-up: %s", out.String())
	}
	p.mail("op@callshu.example", "a new secret")
	operator.refused("GET", "operator/me", nil, 401, "unauthenticated")
	if err := app.DisableOperator(t.Context(), p.getenv, &out, "op@callshu.example"); err != nil {
		t.Fatal(err)
	}
	if err := app.DisableOperator(t.Context(), p.getenv, &out, "op@callshu.example"); err == nil {
		t.Error("nobody was disabled, without a word")
	}
}
