package campaign

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/plaintext"
)

// SavedMessage is what an account keeps to start campaigns from: words, voice
// and answers, without people and times. A draft copies them, so that no change
// of a message reaches a campaign.
type SavedMessage struct {
	ID            uuid.UUID
	Name          string
	Content       Content
	CreatedAt     time.Time
	UpdatedAt     time.Time
	UpdatedByName string
}

// SavedChange is what changes of a message; nil stays.
type SavedChange struct {
	Name    *string
	Content *Content
}

// check holds a message to exactly the rules of a draft.
func (m *SavedMessage) check() error {
	var wrong apperr.Fields
	m.Name = plaintext.Lines(m.Name)
	checkLine(&wrong, "name", m.Name, maxName)
	m.Content = m.Content.canonical()
	m.Content.validate(&wrong)
	return wrong.Err()
}

// maxSaved is how many messages an account keeps: more than anybody finds their
// way in, and few enough for a list.
const maxSaved = 200

// SaveMessage keeps a message under a name that no other one of the account has.
// An account that keeps 200 is refused with saved_messages_full.
func (s *Service) SaveMessage(ctx context.Context, by Caller, name string, content Content) (SavedMessage, error) {
	m := SavedMessage{ID: uuid.New(), Name: name, Content: content}
	if err := m.check(); err != nil {
		return SavedMessage{}, err
	}
	return s.withSaved(ctx, by, m.ID, func(tx pgx.Tx) error {
		if err := roomForSaved(ctx, tx, by.AccountID); err != nil {
			return err
		}
		if err := insertSaved(ctx, tx, by, m, s.clock.Now()); err != nil {
			return err
		}
		return s.recordSaved(ctx, tx, by, "saved_message.created", m.ID, map[string]any{"name": m.Name, "words_sha256": wordsHash(m.Content)})
	})
}

// ChangeMessage renames a message, gives it other words, or both.
func (s *Service) ChangeMessage(ctx context.Context, by Caller, id uuid.UUID, change SavedChange) (SavedMessage, error) {
	return s.withSaved(ctx, by, id, func(tx pgx.Tx) error {
		m, err := findSaved(ctx, tx, id, " FOR NO KEY UPDATE OF m")
		if err != nil {
			return err
		}
		was, words := m.Name, wordsHash(m.Content)
		if change.Name != nil {
			m.Name = *change.Name
		}
		if change.Content != nil {
			m.Content = *change.Content
		}
		if err := m.check(); err != nil {
			return err
		}
		if err := updateSaved(ctx, tx, by, m, s.clock.Now()); err != nil {
			return err
		}
		detail := map[string]any{"name": m.Name}
		if was != m.Name {
			detail["name"] = from(was, m.Name)
		}
		if now := wordsHash(m.Content); now != words {
			detail["words_sha256"] = from(words, now)
		}
		return s.recordSaved(ctx, tx, by, "saved_message.changed", id, detail)
	})
}

// DeleteMessage forgets a message. The campaigns that were started from it keep
// their words.
func (s *Service) DeleteMessage(ctx context.Context, by Caller, id uuid.UUID) error {
	return s.app.InAccount(ctx, by.AccountID, func(tx pgx.Tx) error {
		m, err := findSaved(ctx, tx, id, " FOR NO KEY UPDATE OF m")
		if err != nil {
			return err
		}
		if err := deleteSaved(ctx, tx, id); err != nil {
			return err
		}
		return s.recordSaved(ctx, tx, by, "saved_message.deleted", id, map[string]any{"name": m.Name})
	})
}

// Message returns one message.
func (s *Service) Message(ctx context.Context, account, id uuid.UUID) (SavedMessage, error) {
	var m SavedMessage
	err := s.app.InAccount(ctx, account, func(tx pgx.Tx) (err error) {
		m, err = findSaved(ctx, tx, id, "")
		return err
	})
	return m, err
}

// Messages lists up to limit messages by name, after the one that the cursor
// names.
func (s *Service) Messages(ctx context.Context, account uuid.UUID, after string, limit int) ([]SavedMessage, error) {
	var list []SavedMessage
	err := s.app.InAccount(ctx, account, func(tx pgx.Tx) (err error) {
		list, err = listSaved(ctx, tx, after, limit)
		return err
	})
	return list, err
}

// withSaved runs f and returns the message as f left it.
func (s *Service) withSaved(ctx context.Context, by Caller, id uuid.UUID, f func(pgx.Tx) error) (SavedMessage, error) {
	var m SavedMessage
	err := s.app.InAccount(ctx, by.AccountID, func(tx pgx.Tx) error {
		err := f(tx)
		if err == nil {
			m, err = findSaved(ctx, tx, id, "")
		}
		return err
	})
	return m, err
}

func (s *Service) recordSaved(ctx context.Context, tx pgx.Tx, by Caller, action string, id uuid.UUID, detail map[string]any) error {
	return audit.Record(ctx, tx, audit.Event{Account: &by.AccountID, At: s.clock.Now(), Actor: by.Actor, Action: action,
		SubjectKind: "saved_message", SubjectID: id.String(), Detail: detail})
}
