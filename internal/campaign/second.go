package campaign

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// addedUp is over how long the launches of one person are added up.
const addedUp = 24 * time.Hour

// Second tells whether somebody may launch a plan alone. What they launched
// alone in the last 24 hours counts as if it were one campaign with it, or
// whoever is bound by the size would split a large campaign into small ones.
type Second struct {
	Above    *int // how many people one person may let ring in that time; nil: any number
	Callable int  // whom the plan would ring
	Alone    int  // whom the person's launches of the last 24 hours rang, those that a second person approved left out
}

// Needed reports whether a second person has to approve the launch.
func (p Second) Needed() bool { return p.Above != nil && p.Callable+p.Alone > *p.Above }

// refusal says why, in the order in which a person asks: is it this campaign, or
// what came before it?
func (p Second) refusal() error {
	why := "So many people are rung only when a second person of your company approves it. Ask for the approval."
	if p.Callable <= *p.Above {
		why = fmt.Sprintf("In the last 24 hours you have started calls to %d people by yourself. With the %d of this campaign that is more than the %d "+
			"that one person of your company may have rung in that time. Ask for the approval, or wait until your earlier launches are a day old.", p.Alone, p.Callable, *p.Above)
	}
	return apperr.New(apperr.Conflict, "second_person_needed", "%s", why)
}

// Second tells whether by may launch a plan alone at this moment.
func (s *Service) Second(ctx context.Context, by Caller, plan Decisions) (Second, error) {
	var p Second
	err := s.app.InAccount(ctx, by.AccountID, func(tx pgx.Tx) (err error) {
		p, err = s.second(ctx, tx, by, plan)
		return err
	})
	return p, err
}

func (s *Service) second(ctx context.Context, tx pgx.Tx, by Caller, plan Decisions) (Second, error) {
	p := Second{Callable: plan.Callable}
	// One that was cancelled before it began has rung nobody.
	err := tx.QueryRow(ctx, `SELECT two_person_above, (SELECT coalesce(sum(c.manifest_callable), 0) FROM campaigns c
			WHERE c.launched_by = $1 AND c.launched_at > $2 AND NOT (c.status = 'cancelled' AND c.started_at IS NULL)
			  AND NOT EXISTS (SELECT FROM launch_approvals l WHERE l.campaign_id = c.id AND l.state = 'approved'))
		FROM accounts`, by.UserID, s.clock.Now().Add(-addedUp)).Scan(&p.Above, &p.Alone)
	if err != nil {
		return p, fmt.Errorf("add up launches: %w", err)
	}
	return p, nil
}

// oneAtATime makes two launches by one person conflict that do not see each
// other: the later one runs anew, and counts the earlier one. A row that is
// merely locked would let it go on with what it had seen.
func oneAtATime(ctx context.Context, tx pgx.Tx, user uuid.UUID) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET language = language WHERE id = $1`, user); err != nil {
		return fmt.Errorf("order launches: %w", err)
	}
	return nil
}
