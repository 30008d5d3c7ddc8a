package account

import (
	"context"
	"strconv"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/mail"
)

// TwoPerson says how many people one person of an account may let ring alone.
type TwoPerson struct {
	Above   *int        // more in 24 hours, by one campaign or several, need a second person; nil: none ever do
	Pending *SizeChange // a loosening that waits for another owner
}

// SizeChange is a wish to loosen the rule.
type SizeChange struct {
	ID          uuid.UUID
	Wanted      *int // nil: switch it off
	AskedBy     uuid.UUID
	AskedByName string
}

// maxTwoPerson is as many people as one list can hold.
const maxTwoPerson = 100_000

// SetTwoPerson changes above which size a campaign needs a second person.
// Whoever tightens the rule is obeyed at once. Loosening it takes a second
// owner where there is one, or whoever is bound by the rule could do away with
// it first; an owner who is the only one is obeyed, for nobody could confirm.
// Every other owner hears of either by mail.
func (s *Service) SetTwoPerson(ctx context.Context, account uuid.UUID, actor audit.Actor, above *int) (Account, error) {
	if above != nil && (*above < 0 || *above > maxTwoPerson) {
		return Account{}, apperr.InvalidField("above", "out_of_range", "Between 0 and %d people.", maxTwoPerson)
	}
	return s.withSettings(ctx, account, func(tx pgx.Tx, a Account) error {
		if same(a.TwoPerson.Above, above) {
			return s.closePending(ctx, tx, a, actor, "withdrawn") // it shall stay as it is
		}
		others, err := otherUsers(ctx, tx, actor.ID)
		if err != nil {
			return err
		}
		if a.TwoPerson.Above == nil && len(others) == 0 {
			return apperr.New(apperr.Conflict, "no_second_person", "There is nobody else in your account yet who could approve a campaign.")
		}
		if err := s.closePending(ctx, tx, a, actor, "replaced"); err != nil {
			return err
		}
		owners := ownersOf(others)
		if !loosens(a.TwoPerson.Above, above) || len(owners) == 0 {
			return s.applySize(ctx, tx, a, actor, above, owners, nil)
		}
		if err := insertSizeChange(ctx, tx, account, SizeChange{ID: uuid.New(), Wanted: above, AskedBy: actor.ID}, s.Clock.Now()); err != nil {
			return err
		}
		if err := s.tellPeople(ctx, tx, a, owners, mail.TwoPersonAsked, actor, above); err != nil {
			return err
		}
		return s.recordSize(ctx, tx, a, actor, "settings.two_person_asked", sizes(a.TwoPerson.Above, above))
	})
}

// ConfirmTwoPerson makes the loosening true that another owner asked for;
// wanted is what the person read.
func (s *Service) ConfirmTwoPerson(ctx context.Context, account uuid.UUID, actor audit.Actor, wanted *int) (Account, error) {
	return s.withSettings(ctx, account, func(tx pgx.Tx, a Account) error {
		pending, err := pendingFor(a, actor)
		if err != nil {
			return err
		}
		if !same(pending.Wanted, wanted) {
			return apperr.New(apperr.Conflict, "change_replaced", "Another change is asked for by now. Look again.")
		}
		if err := decideSizeChange(ctx, tx, pending.ID, "confirmed", actor.ID, s.Clock.Now()); err != nil {
			return err
		}
		others, err := otherUsers(ctx, tx, actor.ID)
		if err != nil {
			return err
		}
		return s.applySize(ctx, tx, a, actor, pending.Wanted, ownersOf(others), pending)
	})
}

// RefuseTwoPerson keeps the rule as it is, or takes one's own wish back.
func (s *Service) RefuseTwoPerson(ctx context.Context, account uuid.UUID, actor audit.Actor) (Account, error) {
	return s.withSettings(ctx, account, func(tx pgx.Tx, a Account) error {
		pending := a.TwoPerson.Pending
		if pending == nil {
			return errNoChange()
		}
		if pending.AskedBy == actor.ID {
			return s.closePending(ctx, tx, a, actor, "withdrawn")
		}
		others, err := otherUsers(ctx, tx, actor.ID)
		if err != nil {
			return err
		}
		var asker []person
		for _, p := range others {
			if p.ID == pending.AskedBy {
				asker = append(asker, p)
			}
		}
		if err := s.tellPeople(ctx, tx, a, asker, mail.TwoPersonRefused, actor, pending.Wanted); err != nil {
			return err
		}
		return s.closePending(ctx, tx, a, actor, "refused")
	})
}

// withSettings runs f with the account's row locked: two owners who decide at
// once are heard one after the other. It returns the account as f left it.
func (s *Service) withSettings(ctx context.Context, id uuid.UUID, f func(pgx.Tx, Account) error) (Account, error) {
	var after Account
	err := s.App.InAccount(ctx, id, func(tx pgx.Tx) error {
		if err := lockAccount(ctx, tx, id); err != nil {
			return err
		}
		before, err := findAccount(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := f(tx, before); err != nil {
			return err
		}
		after, err = findAccount(ctx, tx, id)
		return err
	})
	return after, err
}

func (s *Service) applySize(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, above *int, owners []person, asked *SizeChange) error {
	if err := updateTwoPerson(ctx, tx, a.ID, above); err != nil {
		return err
	}
	if err := s.tellPeople(ctx, tx, a, owners, mail.TwoPersonChanged, actor, above); err != nil {
		return err
	}
	detail := map[string]any{"two_person_above": sizes(a.TwoPerson.Above, above)}
	if asked != nil {
		detail["asked_by"] = asked.AskedByName
	}
	return s.recordSize(ctx, tx, a, actor, "settings.changed", detail)
}

// closePending ends a wish that waits, if one does.
func (s *Service) closePending(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, state string) error {
	pending := a.TwoPerson.Pending
	if pending == nil {
		return nil
	}
	if err := decideSizeChange(ctx, tx, pending.ID, state, actor.ID, s.Clock.Now()); err != nil {
		return err
	}
	detail := sizes(a.TwoPerson.Above, pending.Wanted)
	detail["asked_by"] = pending.AskedByName
	return s.recordSize(ctx, tx, a, actor, "settings.two_person_"+state, detail)
}

func (s *Service) recordSize(ctx context.Context, tx pgx.Tx, a Account, actor audit.Actor, action string, detail map[string]any) error {
	return audit.Record(ctx, tx, audit.Event{Account: &a.ID, At: s.Clock.Now(), Actor: actor, Action: action,
		SubjectKind: "account", SubjectID: a.ID.String(), Detail: detail})
}

func (s *Service) tellPeople(ctx context.Context, tx pgx.Tx, a Account, people []person, letter mail.Template, actor audit.Actor, to *int) error {
	for _, p := range people {
		words := map[string]string{"name": p.Name, "legal_name": a.LegalName, "asker": actor.Name, "from": sizeWord(a.TwoPerson.Above),
			"to": sizeWord(to), "link": s.PublicURL + "/settings"}
		if err := s.Mail.Queue(ctx, tx, mail.Mail{Account: &a.ID, Template: letter, To: p.Email, Language: p.Language, Data: words}); err != nil {
			return err
		}
	}
	return nil
}

func pendingFor(a Account, actor audit.Actor) (*SizeChange, error) {
	switch pending := a.TwoPerson.Pending; {
	case pending == nil:
		return nil, errNoChange()
	case pending.AskedBy == actor.ID:
		return nil, apperr.New(apperr.Forbidden, "same_person", "You asked for this yourself; another owner has to confirm it.")
	default:
		return pending, nil
	}
}

func errNoChange() error {
	return apperr.New(apperr.Conflict, "no_change_waiting", "No change waits to be confirmed.")
}

// loosens tells whether fewer campaigns need a second person afterwards.
func loosens(from, to *int) bool {
	return from != nil && (to == nil || *to > *from)
}

func same(a, b *int) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

func sizes(from, to *int) map[string]any { return map[string]any{"from": from, "to": to} }

// sizeWord is a size in a letter; off is the empty word.
func sizeWord(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
