package campaign

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const approvalQuery = `SELECT l.id, l.campaign_id, l.plan_hash, l.callable, l.total, l.asked_by, a.name AS asked_by_name, l.asked_at, l.state, l.reason,
		coalesce(d.name, '') AS decided_by_name, l.decided_at
	FROM launch_approvals l JOIN users a ON a.id = l.asked_by LEFT JOIN users d ON d.id = l.decided_by `

func insertApproval(ctx context.Context, tx pgx.Tx, account uuid.UUID, a Approval) error {
	_, err := tx.Exec(ctx, `INSERT INTO launch_approvals (id, account_id, campaign_id, plan_hash, callable, total, asked_by, asked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, a.ID, account, a.CampaignID, a.PlanHash, a.Callable, a.Total, a.AskedBy, a.AskedAt)
	if err != nil {
		return fmt.Errorf("insert approval: %w", err)
	}
	return nil
}

// openApproval returns the request that waits, nil where none does. The
// campaign's row must be locked: that is what makes two who decide at once be
// heard one after the other.
func openApproval(ctx context.Context, tx pgx.Tx, campaign uuid.UUID) (*Approval, error) {
	list, err := approvals(ctx, tx, `WHERE l.campaign_id = $1 AND l.state = 'waiting'`, campaign)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// newestApprovals returns the newest request of each campaign that has one.
func newestApprovals(ctx context.Context, tx pgx.Tx, campaigns []uuid.UUID) (map[uuid.UUID]*Approval, error) {
	list, err := approvals(ctx, tx, `WHERE l.id IN (SELECT DISTINCT ON (campaign_id) id FROM launch_approvals
		WHERE campaign_id = ANY($1) ORDER BY campaign_id, seq DESC)`, campaigns)
	if err != nil {
		return nil, err
	}
	byCampaign := make(map[uuid.UUID]*Approval, len(list))
	for i := range list {
		byCampaign[list[i].CampaignID] = &list[i]
	}
	return byCampaign, nil
}

func approvals(ctx context.Context, tx pgx.Tx, where string, arg any) ([]Approval, error) {
	rows, err := tx.Query(ctx, approvalQuery+where, arg)
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Approval])
	if err != nil {
		return nil, fmt.Errorf("read approvals: %w", err)
	}
	return list, nil
}

// decide ends a request that waits.
func decide(ctx context.Context, tx pgx.Tx, id uuid.UUID, state ApprovalState, reason string, by uuid.UUID, at time.Time) error {
	tag, err := tx.Exec(ctx, `UPDATE launch_approvals SET state = $2, reason = $3, decided_by = $4, decided_at = $5 WHERE id = $1 AND state = 'waiting'`,
		id, string(state), reason, by, at)
	if err == nil && tag.RowsAffected() != 1 {
		return noApproval()
	}
	if err != nil {
		return fmt.Errorf("decide on approval: %w", err)
	}
	return nil
}

// colleague is a person of the account who can be written to.
type colleague struct {
	ID       uuid.UUID
	Name     string
	Email    string
	Language string
	Role     string
}

func listColleagues(ctx context.Context, tx pgx.Tx) ([]colleague, error) {
	rows, err := tx.Query(ctx, `SELECT id, name, email, language, role FROM users
		WHERE email_verified_at IS NOT NULL AND disabled_at IS NULL ORDER BY created_at, id`)
	if err != nil {
		return nil, fmt.Errorf("list colleagues: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[colleague])
	if err != nil {
		return nil, fmt.Errorf("list colleagues: %w", err)
	}
	return list, nil
}

// listApprovers are the owners but one: who asks can never approve.
func listApprovers(ctx context.Context, tx pgx.Tx, but uuid.UUID) ([]colleague, error) {
	everybody, err := listColleagues(ctx, tx)
	if err != nil {
		return nil, err
	}
	var approvers []colleague
	for _, p := range everybody {
		if p.Role == "owner" && p.ID != but {
			approvers = append(approvers, p)
		}
	}
	return approvers, nil
}

func isActive(ctx context.Context, tx pgx.Tx, user uuid.UUID) (bool, error) {
	var active bool
	if err := tx.QueryRow(ctx, `SELECT disabled_at IS NULL FROM users WHERE id = $1`, user).Scan(&active); err != nil {
		return false, fmt.Errorf("read user: %w", err)
	}
	return active, nil
}
