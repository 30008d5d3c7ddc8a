package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/consent/wording"
)

func insertAccount(ctx context.Context, tx pgx.Tx, id uuid.UUID, a Application, client auth.Client, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO accounts (id, legal_name, spoken_name, registry_number, country, province, website, employee_count,
			use_case, callback_number, contact_address, attestation_version, attested_at, attested_ip, time_zone, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $13)`,
		id, a.LegalName, a.SpokenName, a.RegistryNumber, a.Country, a.Province, a.Website, a.EmployeeCount,
		a.UseCase, a.CallbackNumber, a.ContactAddress, attestationVersion, now, client.IP, a.TimeZone)
	if err != nil {
		return fmt.Errorf("insert account: %w", err)
	}
	return nil
}

// replaceApplication puts another application in the place of one whose
// address nobody has confirmed. It reports false where one has been.
func replaceApplication(ctx context.Context, tx pgx.Tx, a Application, client auth.Client, now time.Time) (bool, error) {
	var replaced *bool
	err := tx.QueryRow(ctx, `SELECT replace_application($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		a.LegalName, a.SpokenName, a.RegistryNumber, a.Country, a.Province, a.Website, a.EmployeeCount,
		a.UseCase, a.CallbackNumber, a.ContactAddress, attestationVersion, now, client.IP, a.TimeZone).Scan(&replaced)
	if err != nil {
		return false, fmt.Errorf("replace application: %w", err)
	}
	return replaced != nil, nil
}

func replaceUser(ctx context.Context, tx pgx.Tx, id uuid.UUID, a Application, hash string) error {
	_, err := tx.Exec(ctx, `UPDATE users SET name = $2, email = $3, phone = $4, language = $5, password_hash = $6 WHERE id = $1 AND email_verified_at IS NULL`,
		id, a.Name, a.Email, a.Phone, a.Language, hash)
	if err != nil {
		return fmt.Errorf("replace user: %w", err)
	}
	return nil
}

func insertUser(ctx context.Context, tx pgx.Tx, account, id uuid.UUID, a Application, hash string, now time.Time) error {
	var made *bool
	err := tx.QueryRow(ctx, `SELECT register_owner($1, $2, $3, $4, $5, $6, $7)`, id, a.Name, a.Email, a.Phone, a.Language, hash, now).Scan(&made)
	if err != nil {
		return fmt.Errorf("insert user: %w", err)
	}
	if made == nil {
		return fmt.Errorf("insert user: account %s is no new application", account)
	}
	return nil
}

func findUser(ctx context.Context, tx pgx.Tx, id uuid.UUID) (User, error) {
	rows, err := tx.Query(ctx, `SELECT id, name, email, role, language, phone, phone_verified_at FROM users WHERE id = $1`, id)
	if err != nil {
		return User{}, fmt.Errorf("find user: %w", err)
	}
	u, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[User])
	if err != nil {
		return User{}, fmt.Errorf("find user: %w", err)
	}
	return u, nil
}

func findAccount(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Account, error) {
	rows, err := tx.Query(ctx, `SELECT a.id, a.legal_name, a.spoken_name, a.registry_number, a.country, a.province, a.website,
			a.employee_count, a.use_case, a.callback_number, a.contact_address, a.time_zone, a.status, a.status_reason,
			a.applied_at, a.monthly_limit, s.number AS sender_number, a.two_person_above
		FROM accounts a LEFT JOIN senders s ON s.id = a.sender_id WHERE a.id = $1`, id)
	if err != nil {
		return Account{}, fmt.Errorf("find account: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[accountRow])
	if err != nil {
		return Account{}, fmt.Errorf("find account: %w", err)
	}
	a.TwoPerson.Above = a.TwoPersonAbove
	if a.TwoPerson.Pending, err = findSizeChange(ctx, tx); err != nil {
		return Account{}, err
	}
	a.NameChange, err = findNameChange(ctx, tx, id)
	return a.Account, err
}

// accountRow is an account with the columns that are parts of something.
type accountRow struct {
	Account
	TwoPersonAbove *int
}

func lockAccount(ctx context.Context, tx pgx.Tx, id uuid.UUID) error {
	if _, err := tx.Exec(ctx, `SELECT 1 FROM accounts WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
		return fmt.Errorf("lock account: %w", err)
	}
	return nil
}

func verifyUserEmail(ctx context.Context, tx pgx.Tx, user uuid.UUID, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET email_verified_at = $2 WHERE id = $1 AND email_verified_at IS NULL`, user, now); err != nil {
		return fmt.Errorf("verify email: %w", err)
	}
	return nil
}

func submitApplication(ctx context.Context, tx pgx.Tx, now time.Time) error {
	if _, err := tx.Exec(ctx, `SELECT submit_application($1)`, now); err != nil {
		return fmt.Errorf("submit application: %w", err)
	}
	return nil
}

func updateSettings(ctx context.Context, tx pgx.Tx, a Account) error {
	_, err := tx.Exec(ctx, `UPDATE accounts SET website = $2, callback_number = $3, contact_address = $4, time_zone = $5 WHERE id = $1`,
		a.ID, a.Website, a.CallbackNumber, a.ContactAddress, a.TimeZone)
	if err != nil {
		return fmt.Errorf("update settings: %w", err)
	}
	return nil
}

// phoneCode is the open code of a user.
type phoneCode struct {
	Phone     string
	CodeHash  []byte
	Attempts  int
	ExpiresAt time.Time
}

func putPhoneCode(ctx context.Context, tx pgx.Tx, account, user uuid.UUID, c phoneCode, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO phone_codes (account_id, user_id, phone, code_hash, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account_id, user_id) DO UPDATE
		SET phone = EXCLUDED.phone, code_hash = EXCLUDED.code_hash, attempts = 0, expires_at = EXCLUDED.expires_at, created_at = EXCLUDED.created_at`,
		account, user, c.Phone, c.CodeHash, c.ExpiresAt, now)
	if err != nil {
		return fmt.Errorf("put phone code: %w", err)
	}
	return nil
}

// lockPhoneCode returns the user's open code, ok false when there is none.
func lockPhoneCode(ctx context.Context, tx pgx.Tx, user uuid.UUID) (c phoneCode, ok bool, err error) {
	rows, err := tx.Query(ctx, `SELECT phone, code_hash, attempts, expires_at FROM phone_codes WHERE user_id = $1 FOR NO KEY UPDATE`, user)
	if err == nil {
		c, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[phoneCode])
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return phoneCode{}, false, nil
	}
	if err != nil {
		return phoneCode{}, false, fmt.Errorf("lock phone code: %w", err)
	}
	return c, true, nil
}

func countPhoneAttempt(ctx context.Context, tx pgx.Tx, user uuid.UUID) error {
	if _, err := tx.Exec(ctx, `UPDATE phone_codes SET attempts = attempts + 1 WHERE user_id = $1`, user); err != nil {
		return fmt.Errorf("count phone attempt: %w", err)
	}
	return nil
}

func verifyUserPhone(ctx context.Context, tx pgx.Tx, user uuid.UUID, phone string, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE users SET phone = $2, phone_verified_at = $3 WHERE id = $1`, user, phone, now); err != nil {
		return fmt.Errorf("verify phone: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM phone_codes WHERE user_id = $1`, user); err != nil {
		return fmt.Errorf("delete phone code: %w", err)
	}
	return nil
}

// senderFor returns the account's sender, before approval the first active one.
func senderFor(ctx context.Context, tx pgx.Tx, account uuid.UUID) (uuid.UUID, error) {
	var sender *uuid.UUID
	err := tx.QueryRow(ctx, `SELECT coalesce((SELECT sender_id FROM accounts WHERE id = $1),
		(SELECT id FROM senders WHERE active ORDER BY created_at, number LIMIT 1)) AS id`, account).Scan(&sender)
	if err != nil {
		return uuid.Nil, fmt.Errorf("choose sender: %w", err)
	}
	if sender == nil {
		return uuid.Nil, apperr.New(apperr.Unavailable, "no_sender", "No number of ours is ready to text from. Please try again later.")
	}
	return *sender, nil
}

// queueText queues a text for the texter of the consent package, which sends it.
func queueText(ctx context.Context, tx pgx.Tx, account uuid.UUID, phoneKey []byte, number string, sender uuid.UUID, message wording.Text, now time.Time) error {
	if _, err := tx.Exec(ctx, `SELECT ensure_gates($1)`, [][]byte{phoneKey}); err != nil {
		return fmt.Errorf("ensure gate: %w", err)
	}
	_, err := tx.Exec(ctx, `INSERT INTO messages (id, account_id, phone_key, kind, language, wording_version, phone, body, body_hash, sender_id, due_at, created_at)
		VALUES ($1, $2, $3, 'verify_phone', $4, $5, $6, $7, decode($8, 'hex'), $9, $10, $10)`,
		uuid.New(), account, phoneKey, message.Language, message.Version, number, message.Body, message.Hash, sender, now)
	if err != nil {
		return fmt.Errorf("queue text: %w", err)
	}
	return nil
}
