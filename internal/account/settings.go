package account

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/phone"
)

// Settings are what an owner may change; nil leaves as it is.
type Settings struct {
	Website        *string
	CallbackNumber *string
	ContactAddress *string
	TimeZone       *string
}

// UpdateSettings changes the given settings and logs the changed ones, before
// and after.
func (s *Service) UpdateSettings(ctx context.Context, id uuid.UUID, actor audit.Actor, change Settings) (Account, error) {
	var after Account
	err := s.App.InAccount(ctx, id, func(tx pgx.Tx) error {
		if err := lockAccount(ctx, tx, id); err != nil {
			return err // two people who change two things must both succeed
		}
		before, err := findAccount(ctx, tx, id)
		if err != nil {
			return err
		}
		if after, err = s.apply(before, change); err != nil {
			return err
		}
		changed := difference(before, after)
		if len(changed) == 0 {
			return nil
		}
		if err := updateSettings(ctx, tx, after); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Event{Account: &id, At: s.Clock.Now(), Actor: actor,
			Action: "settings.changed", SubjectKind: "account", SubjectID: id.String(), Detail: changed})
	})
	return after, err
}

func (s *Service) apply(a Account, change Settings) (Account, error) {
	var f apperr.Fields
	if change.Website != nil {
		a.Website = website(&f, *change.Website)
	}
	if change.CallbackNumber != nil {
		a.CallbackNumber = callbackNumber(&f, *change.CallbackNumber)
	}
	if change.ContactAddress != nil {
		a.ContactAddress = line(&f, "contact_address", *change.ContactAddress, 5, maxAddress)
	}
	if change.TimeZone != nil {
		a.TimeZone = *change.TimeZone
		if !s.ValidZone(a.TimeZone) {
			f.Add("time_zone", "not_allowed", "This is no time zone of Canada or the United States.")
		}
	}
	return a, f.Err()
}

func difference(before, after Account) map[string]any {
	changed := map[string]any{}
	note := func(key, from, to string) {
		if from != to {
			changed[key] = map[string]string{"from": from, "to": to}
		}
	}
	note("website", before.Website, after.Website)
	note("contact_address", before.ContactAddress, after.ContactAddress)
	note("time_zone", before.TimeZone, after.TimeZone)
	if before.CallbackNumber != after.CallbackNumber {
		note("callback_number", phone.Mask(before.CallbackNumber), phone.Mask(after.CallbackNumber))
		if changed["callback_number"] == nil { // the same last digits
			changed["callback_number"] = map[string]string{"from": "another number", "to": phone.Mask(after.CallbackNumber)}
		}
	}
	return changed
}
