package httpapi

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/callshu/callshu/internal/apperr"
)

func (s *server) requireOperator(ctx huma.Context, next func(huma.Context)) {
	if _, err := cookieOf(ctx, operatorCookie); err != nil {
		s.refuse(ctx, err)
		return
	}
	s.refuse(ctx, apperr.New(apperr.Unauthenticated, "unauthenticated", "Sign in to continue."))
}
