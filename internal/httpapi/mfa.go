package httpapi

import (
	"context"
	"fmt"
	"image"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
	"github.com/pquerna/otp"

	"github.com/callshu/callshu/internal/auth"
)

func (s *server) registerFactor() {
	route(s.session, huma.Operation{OperationID: "getFactor", Method: http.MethodGet, Path: "/auth/mfa", Summary: "How one's own sign-in is guarded beside the password"}, s.getFactor)
	route(s.session, huma.Operation{OperationID: "beginFactor", Method: http.MethodPost, Path: "/auth/mfa/totp",
		Summary:     "Make the secret of an authenticator app",
		Description: "Shown once. Nothing is asked for at sign-in until a code of it was given within 15 minutes."}, s.postFactor)
	route(s.session, huma.Operation{OperationID: "confirmFactor", Method: http.MethodPost, Path: "/auth/mfa/totp/confirm",
		Summary: "Switch one-time codes on by the first of them; every other session ends"}, s.postFactorCode)
	route(s.session, huma.Operation{OperationID: "endFactor", Method: http.MethodPost, Path: "/auth/mfa/totp/disable",
		Summary: "Switch one-time codes off; every other session ends"}, s.postFactorEnd)
	route(s.session, huma.Operation{OperationID: "renewRecoveryCodes", Method: http.MethodPost, Path: "/auth/mfa/recovery-codes",
		Summary: "Void the recovery codes and make ten new ones"}, s.postRecoveryCodes)
	route(s.session, huma.Operation{OperationID: "listRemembered", Method: http.MethodGet, Path: "/auth/mfa/devices",
		Summary: "List the browsers that are asked for no code"}, s.getRemembered)
	route(s.session, huma.Operation{OperationID: "forgetRemembered", Method: http.MethodDelete, Path: "/auth/mfa/devices/{id}",
		Summary: "Ask one of them for a code again"}, s.deleteRemembered)
}

// Factor is how a user's sign-in is guarded beside the password.
type Factor struct {
	TOTP          bool       `json:"totp" doc:"One-time codes are on."`
	Since         *time.Time `json:"since"`
	RecoveryCodes int        `json:"recovery_codes" doc:"How many are left."`
	PasswordShort bool       `json:"password_short" doc:"The password would not do alone: the codes cannot be switched off before it is changed."`
}

func (s *server) getFactor(ctx context.Context, _ *struct{}) (*struct{ Body Factor }, error) {
	f, err := s.Auth.Factor(ctx, caller(ctx).Session)
	return &struct{ Body Factor }{Factor{TOTP: f.On, Since: f.Since, RecoveryCodes: f.RecoveryCodes, PasswordShort: f.PasswordShort}}, err
}

// Recheck is the password, asked for again.
type Recheck struct {
	CurrentPassword string `json:"current_password" maxLength:"1000"`
}

// FactorSetup is what an authenticator app reads.
type FactorSetup struct {
	Secret string  `json:"secret" doc:"Base32, to be typed where the picture cannot be read."`
	URL    string  `json:"url" doc:"The same as otpauth://"`
	QR     Picture `json:"qr" doc:"The URL as a QR code."`
}

// Picture is black squares on white, as an SVG path.
type Picture struct {
	Size int    `json:"size" doc:"Width and height in squares, without a margin."`
	Path string `json:"path" doc:"The d of an SVG path whose unit is one square."`
}

func (s *server) postFactor(ctx context.Context, in *struct{ Body Recheck }) (*struct{ Body FactorSetup }, error) {
	setup, err := s.Auth.BeginTOTP(ctx, caller(ctx).Session, client(ctx), in.Body.CurrentPassword)
	if err != nil {
		return nil, err
	}
	picture, err := qrOf(setup.URL)
	return &struct{ Body FactorSetup }{FactorSetup{Secret: setup.Secret, URL: setup.URL, QR: picture}}, err
}

// The library scales a code to the size asked for, and refuses less than one
// pixel a square: the first size it takes is the code's own.
const (
	smallestQR = 21
	largestQR  = 177
	nextQR     = 4
)

// qrOf draws an otpauth:// address.
func qrOf(url string) (Picture, error) {
	key, err := otp.NewKeyFromURL(url)
	if err != nil {
		return Picture{}, fmt.Errorf("read totp address: %w", err)
	}
	for size := smallestQR; size <= largestQR; size += nextQR {
		code, err := key.Image(size, size)
		if err == nil {
			return Picture{Size: size, Path: pathOf(code)}, nil
		}
	}
	return Picture{}, fmt.Errorf("draw totp address: %d bytes fit no code", len(url))
}

// pathOf draws each run of black pixels of a row as one rectangle.
func pathOf(code image.Image) string {
	var path strings.Builder
	b := code.Bounds()
	black := func(x, y int) bool {
		r, _, _, _ := code.At(x, y).RGBA()
		return x < b.Max.X && r == 0
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			from := x
			for black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return path.String()
}

// RecoveryCodes stand in for the phone, each once.
type RecoveryCodes struct {
	RecoveryCodes []string `json:"recovery_codes" doc:"Shown this once."`
}

// recoveryWithCookie carries the session that replaces all others.
type recoveryWithCookie struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      RecoveryCodes
}

func (s *server) postFactorCode(ctx context.Context, in *struct{ Body Code }) (*recoveryWithCookie, error) {
	issued, codes, err := s.Auth.ConfirmTOTP(ctx, caller(ctx).Session, client(ctx), in.Body.Code)
	if err != nil {
		return nil, err
	}
	return &recoveryWithCookie{SetCookie: s.cookie(userCookie, issued.Token, issued.ExpiresAt), Body: RecoveryCodes{codes}}, nil
}

// Proof is the password and a code, one-time or recovery.
type Proof struct {
	CurrentPassword string `json:"current_password" maxLength:"1000"`
	Code            string `json:"code" maxLength:"40"`
}

func (s *server) postFactorEnd(ctx context.Context, in *struct{ Body Proof }) (*meWithCookies, error) {
	issued, err := s.Auth.DisableTOTP(ctx, caller(ctx).Session, client(ctx), in.Body.CurrentPassword, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return s.welcome(ctx, issued)
}

func (s *server) postRecoveryCodes(ctx context.Context, in *struct{ Body Proof }) (*struct{ Body RecoveryCodes }, error) {
	codes, err := s.Auth.RenewRecoveryCodes(ctx, caller(ctx).Session, client(ctx), in.Body.CurrentPassword, in.Body.Code)
	if err != nil {
		return nil, err
	}
	return &struct{ Body RecoveryCodes }{RecoveryCodes{codes}}, nil
}

// RememberedItem is a browser that is asked for no code.
type RememberedItem struct {
	ID         uuid.UUID `json:"id"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	IP         string    `json:"ip"`
	UserAgent  string    `json:"user_agent"`
	Current    bool      `json:"current"`
}

// RememberedList is all of them: there is no next page.
type RememberedList struct {
	Items      []RememberedItem `json:"items"`
	NextCursor *string          `json:"next_cursor"`
}

func (s *server) getRemembered(ctx context.Context, in *DeviceInput) (*struct{ Body RememberedList }, error) {
	devices, err := s.Auth.RememberedDevices(ctx, caller(ctx).Session, in.Device)
	if err != nil {
		return nil, err
	}
	list := RememberedList{Items: []RememberedItem{}}
	for _, d := range devices {
		list.Items = append(list.Items, remembered(d))
	}
	return &struct{ Body RememberedList }{list}, nil
}

func remembered(d auth.Remembered) RememberedItem {
	return RememberedItem{ID: d.ID, CreatedAt: d.CreatedAt, LastUsedAt: d.LastUsedAt, ExpiresAt: d.ExpiresAt, IP: d.IP, UserAgent: d.UserAgent, Current: d.Current}
}

func (s *server) deleteRemembered(ctx context.Context, in *IDInput) (*struct{}, error) {
	return nil, s.Auth.ForgetDevice(ctx, caller(ctx).Session, client(ctx), in.ID)
}
