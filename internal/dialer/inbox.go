package dialer

import (
	"context"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/consent"
)

// Resolve does what a user decides about a text of the inbox, and returns when
// it is done: after an opt-out nothing rings.
func (d *Dialer) Resolve(ctx context.Context, action string, decision consent.Decision) (consent.InboxText, error) {
	switch action {
	case consent.ResolvedNoAction:
		if err := d.Consent.Dismiss(ctx, decision); err != nil {
			return consent.InboxText{}, err
		}
	case consent.ResolvedOptOut:
		wish, err := d.Consent.ReadAsOptOut(ctx, decision)
		if err != nil {
			return consent.InboxText{}, err
		}
		if _, err := d.Revoke(ctx, wish); err != nil {
			return consent.InboxText{}, err
		}
	default:
		return consent.InboxText{}, apperr.InvalidField("action", "not_allowed", "Choose no_action or opt_out.")
	}
	return d.Consent.InboxText(ctx, decision.Account, decision.Text)
}
