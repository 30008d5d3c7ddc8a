package account

import (
	"context"

	"github.com/callshu/callshu/internal/apperr"
	"github.com/callshu/callshu/internal/auth"
)

// AskEmail begins the change of somebody's own address, which must have the
// form that a registration asks for.
func (s *Service) AskEmail(ctx context.Context, session auth.Session, client auth.Client, address, password, code string) error {
	var f apperr.Fields
	address = email(&f, address)
	if err := f.Err(); err != nil {
		return err
	}
	return s.Auth.AskEmail(ctx, session, client, address, password, code)
}
