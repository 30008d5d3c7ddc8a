package account

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/callshu/callshu/internal/audit"
	"github.com/callshu/callshu/internal/auth"
	"github.com/callshu/callshu/internal/mail"
	"github.com/callshu/callshu/internal/postgres"
)

// Register keeps an application and mails a link to its person. While nobody
// has confirmed the address, the newest application stands, with its password,
// and older links are void: whoever registers a stranger's address must not
// have his own password confirmed by its owner. An address that is somebody's
// already gets another mail and changes nothing. The one who applies cannot
// tell, neither by the answer nor by the work done for it.
func (s *Service) Register(ctx context.Context, client auth.Client, a Application) error {
	if err := a.check(s.ValidZone); err != nil {
		return err
	}
	hash, err := s.Auth.Hasher.Hash(ctx, a.Password)
	if err != nil {
		return err
	}
	account, user := uuid.New(), uuid.New()
	err = s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		return s.insertApplication(ctx, tx, client, account, user, a, hash)
	})
	if postgres.IsUnique(err, "users_email") {
		return s.Auth.RegisterAgain(ctx, client, a.Email, func(tx pgx.Tx, account, user uuid.UUID) error {
			return s.replaceApplication(ctx, tx, client, account, user, a, hash)
		})
	}
	return err
}

func (s *Service) insertApplication(ctx context.Context, tx pgx.Tx, client auth.Client, account, user uuid.UUID, a Application, hash string) error {
	now := s.Clock.Now()
	if err := insertAccount(ctx, tx, account, a, client, now); err != nil {
		return err
	}
	if err := insertUser(ctx, tx, account, user, a, hash, now); err != nil {
		return err
	}
	err := s.Auth.SendVerification(ctx, tx, auth.Person{Account: account, User: user, Name: a.Name, Email: a.Email, Language: a.Language, LegalName: a.LegalName})
	if err != nil {
		return err
	}
	return recordRegistration(ctx, tx, client, account, user, a, now, false)
}

// replaceApplication runs with the user's row locked and its address unconfirmed.
func (s *Service) replaceApplication(ctx context.Context, tx pgx.Tx, client auth.Client, account, user uuid.UUID, a Application, hash string) error {
	now := s.Clock.Now()
	replaced, err := replaceApplication(ctx, tx, a, client, now)
	if err != nil {
		return err
	}
	if !replaced {
		return fmt.Errorf("replace application: account %s went to review without a confirmed address", account)
	}
	if err := replaceUser(ctx, tx, user, a, hash); err != nil {
		return err
	}
	return recordRegistration(ctx, tx, client, account, user, a, now, true)
}

func recordRegistration(ctx context.Context, tx pgx.Tx, client auth.Client, account, user uuid.UUID, a Application, now time.Time, replaced bool) error {
	return audit.Record(ctx, tx, audit.Event{Account: &account, At: now,
		Actor:  audit.Actor{Kind: audit.User, ID: user, Name: a.Name, IP: client.IP, RequestID: client.RequestID},
		Action: "account.registered", SubjectKind: "account", SubjectID: account.String(),
		Detail: map[string]any{"country": a.Country, "attestation_version": attestationVersion, "replaced": replaced}})
}

// VerifyEmail uses the link of the first mail: the address is the person's,
// and the application goes to review.
func (s *Service) VerifyEmail(ctx context.Context, client auth.Client, token string) error {
	account, err := s.Auth.TokenAccount(ctx, token)
	if err != nil {
		return err
	}
	return s.App.InAccount(ctx, account, func(tx pgx.Tx) error {
		verified, err := s.Auth.UseVerification(ctx, tx, token)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		if err := verifyUserEmail(ctx, tx, verified.User, now); err != nil {
			return err
		}
		user, err := findUser(ctx, tx, verified.User)
		if err != nil {
			return err
		}
		actor := audit.Actor{Kind: audit.User, ID: user.ID, Name: user.Name, IP: client.IP, RequestID: client.RequestID}
		err = audit.Record(ctx, tx, audit.Event{Account: &account, At: now, Actor: actor,
			Action: "email.verified", SubjectKind: "user", SubjectID: user.ID.String()})
		if err != nil {
			return err
		}
		return s.submit(ctx, tx, account, user, actor)
	})
}

// submit turns a registration into an application, once.
func (s *Service) submit(ctx context.Context, tx pgx.Tx, id uuid.UUID, user User, actor audit.Actor) error {
	before, err := findAccount(ctx, tx, id)
	if err != nil || before.Status != Registered {
		return err
	}
	now := s.Clock.Now()
	if err := submitApplication(ctx, tx, now); err != nil {
		return err
	}
	a, err := findAccount(ctx, tx, id)
	if err != nil {
		return err
	}
	err = s.Mail.Queue(ctx, tx, mail.Mail{Account: &id, Template: mail.ApplicationReceived, To: user.Email, Language: user.Language,
		Data: map[string]string{"name": user.Name, "legal_name": a.LegalName, "decide_by": a.DecideBy().Format("2006-01-02")}})
	if err != nil {
		return err
	}
	err = s.Mail.Queue(ctx, tx, mail.Mail{Account: &id, Template: mail.OpsApplication, To: s.OpsEmail, Language: "en",
		Data: map[string]string{"legal_name": a.LegalName, "country": a.Country, "registry_number": a.RegistryNumber, "link": s.PublicURL + "/operator/accounts/" + id.String()}})
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, audit.Event{Account: &id, At: now, Actor: actor, Action: "account.applied", SubjectKind: "account", SubjectID: id.String()})
}
