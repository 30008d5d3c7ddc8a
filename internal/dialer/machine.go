package dialer

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/campaign"
)

// MachineReport is the carrier's verdict on who answered.
type MachineReport struct {
	Attempt    uuid.UUID
	CallSID    string
	AnsweredBy string // human, unknown, fax, machine_...
	Payload    map[string]string
}

// Machine takes the carrier's verdict on who answered. A machine is told the
// voicemail variant, or nothing; what that means for its person settle decides.
// The report counts as handled only when the
// carrier has been told what to do: until then its retry tries again.
func (d *Dialer) Machine(ctx context.Context, report MachineReport) error {
	act, leave := false, false
	err := d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		a, err := lockAttempt(ctx, tx, report.Attempt)
		if err != nil {
			return err
		}
		if a.CallSID != nil && *a.CallSID != report.CallSID {
			return ErrForeignCall
		}
		if act, leave, err = d.takeReport(ctx, tx, a, report); err != nil || act {
			return err
		}
		return d.closeReport(ctx, tx, a, report)
	})
	if err != nil || !act {
		return err
	}
	if leave {
		url := fmt.Sprintf("%s/webhooks/twilio/voice?attempt=%s&machine=1#%s", d.PublicURL, report.Attempt, documentRetries)
		err = d.Carrier.RedirectCall(ctx, report.CallSID, url)
	} else {
		err = d.end(ctx, report.Attempt, report.CallSID, endMachine)
	}
	if err != nil {
		return fmt.Errorf("treat machine: %w", err)
	}
	return d.Worker.InTx(ctx, func(tx pgx.Tx) error {
		a, err := lockAttempt(ctx, tx, report.Attempt)
		if err != nil {
			return err
		}
		return d.closeReport(ctx, tx, a, report)
	})
}

// takeReport notes who answered and decides what is to be done about it. A
// goodbye that is being spoken is not interrupted.
func (d *Dialer) takeReport(ctx context.Context, tx pgx.Tx, a attempt, report MachineReport) (act, leave bool, err error) {
	var handled bool
	err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM call_events WHERE attempt_id = $1 AND kind = 'amd')`, a.ID).Scan(&handled)
	if err != nil {
		return false, false, fmt.Errorf("look for report: %w", err)
	}
	if handled || a.Kind != kindCampaign {
		return false, false, nil
	}
	talking := a.Answer != nil || a.Ending
	if err := d.noteAnsweredBy(ctx, tx, &a, report.AnsweredBy); err != nil {
		return false, false, err
	}
	if !isMachine(report.AnsweredBy) || a.Rank == finalRank || talking {
		return false, false, nil
	}
	c, err := campaign.Find(ctx, tx, *a.CampaignID)
	return true, c.Content.Voicemail == campaign.VoicemailLeave && report.AnsweredBy != "fax", err
}

func (d *Dialer) closeReport(ctx context.Context, tx pgx.Tx, a attempt, report MachineReport) error {
	_, err := storeEvent(ctx, tx, a, "amd", report.CallSID, "result", report.Payload, d.Clock.Now())
	return err
}

// noteAnsweredBy keeps who answered; an answer that a machine gave is taken
// back, before and after the end of the call.
func (d *Dialer) noteAnsweredBy(ctx context.Context, tx pgx.Tx, a *attempt, who string) error {
	a.AnsweredBy = who
	if isMachine(who) {
		a.Answer, a.AnsweredEarly = nil, false
	}
	_, err := tx.Exec(ctx, `UPDATE attempts SET answered_by = $2, answer = $3, answered_early = $4 WHERE id = $1`, a.ID, who, a.Answer, a.AnsweredEarly)
	if err != nil {
		return fmt.Errorf("note who answered: %w", err)
	}
	if a.RecipientID == nil || !isMachine(who) {
		return nil
	}
	_, err = tx.Exec(ctx, `UPDATE recipients SET answer = NULL, answered_early = false, answered_at = NULL, updated_at = $2
		WHERE id = $1 AND state = 'dialling' AND answer IS NOT NULL`, a.RecipientID, d.Clock.Now())
	if err != nil {
		return fmt.Errorf("take back answer of a machine: %w", err)
	}
	return d.resettle(ctx, tx, *a)
}
