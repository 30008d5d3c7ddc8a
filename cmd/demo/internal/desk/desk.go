// Package desk does what takes a browser, a mailbox and a phone at once: apply
// for an account, prove a phone, sign in to the operator console, approve.
package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/callshu/callshu/cmd/demo/internal/api"
	"github.com/callshu/callshu/cmd/demo/internal/stack"
)

// patience is how long a mail or a text may take; the product needs a second.
const patience = 15 * time.Second

// Desk has a stack's mailbox and phones at hand.
type Desk struct {
	stack *stack.Stack
}

// New returns a desk.
func New(s *stack.Stack) *Desk { return &Desk{s} }

// Apply registers a company and opens the link of the mail.
func (d *Desk) Apply(ctx context.Context, browser *api.Client, a api.Application) error {
	if err := browser.Register(ctx, a); err != nil {
		return err
	}
	token, err := d.Token(ctx, a.Email)
	if err != nil {
		return err
	}
	return browser.VerifyEmail(ctx, token)
}

// Token reads the secret of the link that was mailed to an address.
func (d *Desk) Token(ctx context.Context, email string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	letter, err := d.stack.Box.Wait(ctx, email, "/verify-email#token=")
	if err != nil {
		return "", err
	}
	link := regexp.MustCompile(regexp.QuoteMeta(d.stack.URL) + `/verify-email#token=([A-Za-z0-9_.~-]+)`)
	found := link.FindStringSubmatch(letter.Text)
	if found == nil {
		return "", fmt.Errorf("the mail to %s has no link to %s/verify-email: %.400s", email, d.stack.URL, letter.Text)
	}
	return found[1], nil
}

// VerifyPhone asks for a code and gives back what was texted.
func (d *Desk) VerifyPhone(ctx context.Context, browser *api.Client, phone string) error {
	if err := browser.SendPhoneCode(ctx, phone); err != nil {
		return err
	}
	var code string
	err := api.Await(ctx, "the text with the code", patience, 100*time.Millisecond, func() (bool, string, error) {
		var ok bool
		var err error
		code, ok, err = d.stack.Sim.Code(ctx, phone)
		return ok, "no text with six digits", err
	})
	if err != nil {
		return err
	}
	me, err := browser.VerifyPhone(ctx, code)
	if err != nil {
		return err
	}
	if !me.User.PhoneVerified {
		return errors.New("the right code was accepted, but the phone is not verified")
	}
	return nil
}

// SignInOperator signs in with the code of the last half minute, which the
// product takes for clocks that differ: a code works once, and the present one
// is left to the visitor.
func (d *Desk) SignInOperator(ctx context.Context, browser *api.Client, email, password string) error {
	var refused *api.Problem
	for _, age := range []time.Duration{30 * time.Second, 0} {
		code, err := d.stack.Code(time.Now().Add(-age))
		if err != nil {
			return err
		}
		err = browser.OperatorLogin(ctx, email, password, code)
		if !errors.As(err, &refused) || refused.Status != http.StatusUnauthorized {
			return err
		}
	}
	return refused
}

// Approve decides the application of an address and waits for the mail about it.
func (d *Desk) Approve(ctx context.Context, operator *api.Client, email, note string) error {
	pending, err := operator.Pending(ctx)
	if err != nil {
		return err
	}
	for _, a := range pending {
		if a.Applicant.Email != email {
			continue
		}
		before := d.letters(email)
		if err := operator.Approve(ctx, a.ID, note); err != nil {
			return err
		}
		return api.Await(ctx, "the mail about the decision", patience, 100*time.Millisecond, func() (bool, string, error) {
			return d.letters(email) > before, "none to " + email, nil
		})
	}
	return fmt.Errorf("the operator console lists no application of %s among %d", email, len(pending))
}

// letters counts the mails to an address.
func (d *Desk) letters(email string) int {
	n := 0
	for _, m := range d.stack.Box.Messages() {
		if slices.Contains(m.To, email) {
			n++
		}
	}
	return n
}
