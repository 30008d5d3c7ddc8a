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
	route(s.owner, huma.Operation{OperationID: "setTwoPerson", Method: http.MethodPut, Path: "/settings/two-person", Summary: "Set above which size a campaign needs a second person",
		Description: "Tightening holds at once. Loosening waits for another owner where there is one: it then stands in two_person.pending."}, s.putTwoPerson)
	route(s.owner, huma.Operation{OperationID: "confirmTwoPerson", Method: http.MethodPost, Path: "/settings/two-person/confirm", Summary: "Confirm the loosening that another owner asked for"}, s.confirmTwoPerson)
	route(s.owner, huma.Operation{OperationID: "refuseTwoPerson", Method: http.MethodPost, Path: "/settings/two-person/refuse", Summary: "Refuse it, or take one's own wish back"}, s.refuseTwoPerson)
	route(s.owner, huma.Operation{OperationID: "askLegalName", Method: http.MethodPut, Path: "/settings/legal-name", DefaultStatus: http.StatusAccepted,
		Summary: "Ask for another legal name", Description: "It holds once Callshu has checked it; until then it stands in name_change."}, s.putLegalName)
	route(s.owner, huma.Operation{OperationID: "withdrawLegalName", Method: http.MethodDelete, Path: "/settings/legal-name", DefaultStatus: http.StatusOK,
		Summary: "Take that back"}, s.deleteLegalName)
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

// TwoPersonSize is above how many people the launches of one person need a second one.
type TwoPersonSize struct {
	Above *int `json:"above" doc:"People whom one person's launches of 24 hours may ring alone; 0: every campaign needs a second person; null: none"`
}

type twoPersonInput struct{ Body TwoPersonSize }

func (s *server) putTwoPerson(ctx context.Context, in *twoPersonInput) (*accountOutput, error) {
	c := caller(ctx)
	changed, err := s.Account.SetTwoPerson(ctx, c.AccountID, c.Actor(), in.Body.Above)
	return &accountOutput{accountOf(changed)}, err
}

func (s *server) confirmTwoPerson(ctx context.Context, in *twoPersonInput) (*accountOutput, error) {
	c := caller(ctx)
	changed, err := s.Account.ConfirmTwoPerson(ctx, c.AccountID, c.Actor(), in.Body.Above)
	return &accountOutput{accountOf(changed)}, err
}

func (s *server) refuseTwoPerson(ctx context.Context, _ *struct{}) (*accountOutput, error) {
	c := caller(ctx)
	changed, err := s.Account.RefuseTwoPerson(ctx, c.AccountID, c.Actor())
	return &accountOutput{accountOf(changed)}, err
}

// LegalName is who the employer is in the registry.
type LegalName struct {
	LegalName      string `json:"legal_name"`
	RegistryNumber string `json:"registry_number"`
}

func (s *server) putLegalName(ctx context.Context, in *struct{ Body LegalName }) (*accountOutput, error) {
	c := caller(ctx)
	changed, err := s.Account.AskNameChange(ctx, c.AccountID, c.Actor(), in.Body.LegalName, in.Body.RegistryNumber)
	return &accountOutput{accountOf(changed)}, err
}

func (s *server) deleteLegalName(ctx context.Context, _ *struct{}) (*accountOutput, error) {
	c := caller(ctx)
	changed, err := s.Account.WithdrawNameChange(ctx, c.AccountID, c.Actor())
	return &accountOutput{accountOf(changed)}, err
}
