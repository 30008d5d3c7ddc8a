package dialer

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/consent"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/twilio"
)

// storeRefused records a POST that the carrier did not accept, by the class of
// its error.
func (d *Dialer) storeRefused(ctx context.Context, r result) error {
	if r.err != nil && r.err.Class == twilio.Busy {
		// Before any row of the call, and for itself: the pace comes first.
		if err := d.backOff(ctx); err != nil {
			return err
		}
	}
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		a, err := lockCall(ctx, tx, r.attempt)
		if err != nil {
			return err
		}
		if a.Rank > rankOf["unknown"] {
			return nil // a callback proved meanwhile that the call exists
		}
		return d.refuse(ctx, tx, a, r)
	})
	if errors.Is(err, ErrForeignCall) {
		return nil // its claim was never committed
	}
	return err
}

func (d *Dialer) refuse(ctx context.Context, tx pgx.Tx, a attempt, r result) error {
	if r.late {
		return d.raise(ctx, tx, a, raise{state: "not_placed", reason: reasonLate})
	}
	switch r.err.Class {
	case twilio.Unknown:
		_, err := tx.Exec(ctx, `UPDATE attempts SET state = 'unknown', rank = $2, error = $3 WHERE id = $1`, a.ID, rankOf["unknown"], r.err.Message)
		if err != nil {
			return fmt.Errorf("mark attempt unknown: %w", err)
		}
		return nil
	case twilio.NotSent:
		return d.raise(ctx, tx, a, raise{state: "not_placed", reason: "carrier not reached"})
	case twilio.Busy:
		return d.raise(ctx, tx, a, raise{state: "not_placed", code: r.err.Code, reason: "carrier busy"})
	case twilio.Config:
		if err := d.pauseForConfig(ctx, tx, a, r.err); err != nil {
			return err
		}
		return d.raise(ctx, tx, a, raise{state: "not_placed", code: r.err.Code, reason: r.err.Message})
	case twilio.OptedOut:
		if err := d.carrierBlocked(ctx, tx, a); err != nil {
			return err
		}
		return d.raise(ctx, tx, a, raise{state: "failed", code: r.err.Code, reason: endOptedOut})
	}
	return d.raise(ctx, tx, a, raise{state: "failed", code: r.err.Code, reason: fmt.Sprintf("carrier_%d", r.err.Code)})
}

// backOff holds every replica's claims for a short while, of random length so
// that they do not come back in step.
func (d *Dialer) backOff(ctx context.Context) error {
	_, err := d.Worker.Exec(ctx, `UPDATE pace SET held_until = greatest(held_until, clock_timestamp() + (0.5 + random()) * interval '1 second') WHERE key = 'carrier'`)
	if err != nil {
		return fmt.Errorf("back off: %w", err)
	}
	return nil
}

// pauseForConfig pauses the campaign: our own set-up is at fault, and every
// further call would fail the same way. A preview that fails says so itself.
func (d *Dialer) pauseForConfig(ctx context.Context, tx pgx.Tx, a attempt, refused *twilio.Error) error {
	d.Log.ErrorContext(ctx, "our set-up at the carrier refuses calls", "code", refused.Code, "carrier_message", refused.Message)
	if a.Kind != kindCampaign {
		return nil
	}
	_, err := d.pause(ctx, tx, halt{account: a.AccountID, campaign: *a.CampaignID,
		reason: fmt.Sprintf("Paused by itself: the carrier refuses our calls (error %d). Callshu has been told", refused.Code),
		detail: map[string]any{"carrier_code": refused.Code, "carrier_message": refused.Message},
		letter: mail.CampaignRefused, words: map[string]string{"code": strconv.Itoa(refused.Code)}})
	return err
}

// carrierBlocked is error 21610: the carrier holds a STOP of which we knew
// nothing. It revokes like the word itself. Nothing else can be ringing there:
// this was the one live attempt of the phone.
func (d *Dialer) carrierBlocked(ctx context.Context, tx pgx.Tx, a attempt) error {
	accounts, err := d.Consent.Revoke(ctx, tx, consent.Revocation{PhoneKey: a.PhoneKey, SenderID: a.SenderID, Kind: consent.OptedOut, Channel: consent.ChannelCarrier})
	if err != nil {
		return err
	}
	return d.skipPending(ctx, tx, a.PhoneKey, accounts)
}
