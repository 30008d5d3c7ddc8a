package campaign

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
)

// Groups of people who need somebody's attention while a campaign runs and after
// it. Nobody is in two: an answer that asks for help outweighs all else.
const (
	NeedsHelp  = "needs_help"  // gave an answer that asks for help
	NotReached = "not_reached" // final without having heard anything: no answer, busy, failed, or stopped before their turn
	NoKey      = "no_key"      // picked up and answered nothing
	// AttentionAll is all of them, in this order.
	AttentionAll = "all"
)

// groups in the order of their rank, the first being 1.
func groups() []string { return []string{NeedsHelp, NotReached, NoKey} }

// attentionSQL ranks the recipients of a campaign ($1) by the group they are in;
// $2 are the keys that ask for help.
const attentionSQL = `SELECT r.id, r.employee_id, r.position, r.state, r.answer,
		CASE WHEN r.answer = ANY($2::int[]) THEN 1 WHEN r.state = 'answered_no_key' THEN 3 ELSE 2 END AS rank
	FROM recipients r WHERE r.campaign_id = $1
	  AND (r.answer = ANY($2::int[]) OR r.answer IS NULL AND r.state IN ('no_answer', 'busy', 'failed', 'cancelled', 'answered_no_key'))`

// ranksOf are the ranks of a group, or of all.
func ranksOf(wanted ...string) []int {
	ranks := []int{}
	for i, group := range groups() {
		if slices.Contains(wanted, AttentionAll) || slices.Contains(wanted, group) {
			ranks = append(ranks, i+1)
		}
	}
	return ranks
}

// helpKeys are the keys that ask for help.
func (c Content) helpKeys() []int {
	keys := []int{}
	for _, choice := range c.Choices {
		if choice.NeedsHelp {
			keys = append(keys, choice.Key)
		}
	}
	return keys
}

// attention lists those of a campaign who need it, the first group first.
func attention(ctx context.Context, tx pgx.Tx, c Campaign, f RosterFilter) ([]Recipient, error) {
	rows, err := tx.Query(ctx, `SELECT n.id, n.rank FROM (`+attentionSQL+`) n JOIN employees e ON e.id = n.employee_id
		WHERE n.rank = ANY($3::int[]) AND (n.rank, n.position) > ($4, $5)
		  AND ($6 = '' OR n.state = $6) AND ($7 = 0 OR n.answer = $7)
		  AND ($8 = '' OR e.search LIKE $8 || '%' OR e.search LIKE '% ' || $8 || '%')
		ORDER BY n.rank, n.position LIMIT $9`,
		c.ID, c.Content.helpKeys(), ranksOf(f.Attention), f.After.Rank, f.After.Position, f.State, f.Answer, f.Search, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("list who needs attention: %w", err)
	}
	ranks, ids := map[uuid.UUID]int{}, []uuid.UUID{}
	var id uuid.UUID
	var rank int
	_, err = pgx.ForEachRow(rows, []any{&id, &rank}, func() error {
		ranks[id], ids = rank, append(ids, id)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list who needs attention: %w", err)
	}
	list, err := rosterOf(ctx, tx, c.ID, ids)
	for i := range list {
		list[i].Rank = ranks[list[i].ID]
	}
	slices.SortStableFunc(list, func(a, b Recipient) int { return a.Rank - b.Rank })
	return list, err
}

// FollowUp makes a draft for those of a campaign who are in some of the groups:
// the same words and answers, to people as they stand at this moment. Whom the
// list has lost or who has said stop since is left out by the draft's own plan.
func (s *Service) FollowUp(ctx context.Context, by Caller, id uuid.UUID, wanted []string) (Campaign, error) {
	if len(ranksOf(wanted...)) == 0 {
		return Campaign{}, apperr.InvalidField("groups", "required", "Choose whom the new campaign is for.")
	}
	var c Campaign
	err := s.app.InAccount(ctx, by.AccountID, func(tx pgx.Tx) error {
		old, err := Find(ctx, tx, id)
		if err != nil {
			return err
		}
		people, err := inGroups(ctx, tx, old, wanted)
		if err != nil {
			return err
		}
		c, err = s.copyTo(ctx, tx, by, old, "Follow-up: "+old.Name, Audience{Kind: AudienceSelection, EmployeeIDs: people},
			map[string]any{"follows": id, "groups": wanted, "people": len(people)})
		return err
	})
	return c, err
}

// inGroups are the employees of some groups, or a refusal where there are none
// or more than a selection holds.
func inGroups(ctx context.Context, tx pgx.Tx, c Campaign, wanted []string) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `SELECT n.employee_id FROM (`+attentionSQL+`) n WHERE n.rank = ANY($3::int[]) ORDER BY n.rank, n.position LIMIT $4`,
		c.ID, c.Content.helpKeys(), ranksOf(wanted...), maxSelection+1)
	if err != nil {
		return nil, fmt.Errorf("list whom to follow up: %w", err)
	}
	people, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	switch {
	case err != nil:
		return nil, fmt.Errorf("list whom to follow up: %w", err)
	case len(people) == 0:
		return nil, apperr.New(apperr.Conflict, "nobody_to_follow_up", "Nobody of this campaign is in these groups.")
	case len(people) > maxSelection:
		return nil, apperr.New(apperr.Conflict, "too_many", "These are more than %d people. Choose fewer groups, or copy the whole campaign.", maxSelection)
	}
	return people, nil
}
