package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/callshu/callshu/internal/account"
)

func (s *server) registerSettings() {
	route(s.owner, huma.Operation{OperationID: "getSettings", Method: http.MethodGet, Path: "/settings", Summary: "What an owner may change"}, s.getSettings)
	route(s.owner, huma.Operation{OperationID: "updateSettings", Method: http.MethodPatch, Path: "/settings", Summary: "Change settings"}, s.patchSettings)
}

// Settings are changes to an account; what is left out stays.
type Settings struct {
	Website        *string `json:"website,omitempty"`
	CallbackNumber *string `json:"callback_number,omitempty"`
	ContactAddress *string `json:"contact_address,omitempty"`
	TimeZone       *string `json:"time_zone,omitempty"`
}

type accountOutput struct{ Body Account }

func (s *server) getSettings(ctx context.Context, _ *struct{}) (*accountOutput, error) {
	c := caller(ctx)
	profile, err := s.Account.Profile(ctx, c.AccountID, c.UserID)
	return &accountOutput{accountOf(profile.Account)}, err
}

func (s *server) patchSettings(ctx context.Context, in *struct{ Body Settings }) (*accountOutput, error) {
	c := caller(ctx)
	changed, err := s.Account.UpdateSettings(ctx, c.AccountID, c.Actor(), account.Settings(in.Body))
	return &accountOutput{accountOf(changed)}, err
}
