package app_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/callshu/callshu/internal/app"
	"github.com/callshu/callshu/internal/carriersim"
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

// Administration is a level of the database of its own (C17): where operators
// are shut out of it, they alone are refused, from the start of the product on.
func TestC17EmployersAreServedWhileOperatorsAreShutOut(t *testing.T) {
	t.Parallel()
	p := startProductAt(t, site{number: carriersim.NumberConfig{Number: sender},
		env: map[string]string{"OPERATOR_DATABASE_URL": "postgres://callshu_operator:wrong@127.0.0.1:1/callshu?sslmode=disable"}})
	p.log.ignore() // it complains of each operator's request
	owner := p.signUp("zoe@northwind.example", "Northwind")
	if me := owner.get("me"); me.text("account.status") != "pending_review" {
		t.Errorf("an applicant sees %v", me)
	}
	login := object{"email": "op@callshu.example", "password": "an operator's long password", "totp": "000000"}
	p.browser().refused("POST", "operator/auth/login", login, 503, "unavailable")
	if me := owner.get("me"); me.text("user.email") != "zoe@northwind.example" {
		t.Errorf("after it an applicant sees %v", me)
	}
}
