package api

import (
	"context"
	"time"
)

// Application is what an employer registers with.
type Application struct {
	LegalName      string `json:"company_legal_name"`
	SpokenName     string `json:"spoken_name"`
	RegistryNumber string `json:"registry_number"`
	Country        string `json:"country"`
	Province       string `json:"province"`
	Website        string `json:"website"`
	EmployeeCount  int    `json:"employee_count"`
	UseCase        string `json:"use_case"`
	CallbackNumber string `json:"callback_number"`
	ContactAddress string `json:"contact_address"`
	Attestation    bool   `json:"attestation"`
	Name           string `json:"name"`
	Email          string `json:"email"`
	Phone          string `json:"phone"`
	Password       string `json:"password"`
	Language       string `json:"language"`
}

// Me is who is signed in.
type Me struct {
	User struct {
		ID            string `json:"id"`
		Name          string `json:"name"`
		Email         string `json:"email"`
		PhoneVerified bool   `json:"phone_verified"`
	} `json:"user"`
	Account struct {
		ID           string  `json:"id"`
		LegalName    string  `json:"legal_name"`
		Status       string  `json:"status"`
		SenderNumber *string `json:"sender_number"`
	} `json:"account"`
	ServerTime time.Time `json:"server_time"`
}

// Register applies for an account.
func (c *Client) Register(ctx context.Context, a Application) error {
	return c.post(ctx, "/auth/register", a, nil)
}

// VerifyEmail uses the token of the link in the mail.
func (c *Client) VerifyEmail(ctx context.Context, token string) error {
	return c.post(ctx, "/auth/verify-email", map[string]string{"token": token}, nil)
}

// Login signs an employer's user in.
func (c *Client) Login(ctx context.Context, email, password string) (Me, error) {
	var me Me
	err := c.post(ctx, "/auth/login", map[string]string{"email": email, "password": password}, &me)
	return me, err
}

// Logout ends this session.
func (c *Client) Logout(ctx context.Context) error { return c.post(ctx, "/auth/logout", nil, nil) }

// Me tells who is signed in.
func (c *Client) Me(ctx context.Context) (Me, error) {
	var me Me
	return me, c.get(ctx, "/me", &me)
}

// SendPhoneCode asks for a code by text.
func (c *Client) SendPhoneCode(ctx context.Context, phone string) error {
	return c.post(ctx, "/me/phone", map[string]string{"phone": phone}, nil)
}

// VerifyPhone gives the code back.
func (c *Client) VerifyPhone(ctx context.Context, code string) (Me, error) {
	var me Me
	return me, c.post(ctx, "/me/phone/verify", map[string]string{"code": code}, &me)
}

// AuditRow is one act as the log tells it.
type AuditRow struct {
	Action    string `json:"action"`
	ActorName string `json:"actor_name"`
	Sealed    bool   `json:"sealed"`
}

// Audit lists the newest acts of the account.
func (c *Client) Audit(ctx context.Context) ([]AuditRow, error) {
	var page struct {
		Items []AuditRow `json:"items"`
	}
	return page.Items, c.get(ctx, "/audit?limit=100", &page)
}

// OperatorLogin signs an operator in.
func (c *Client) OperatorLogin(ctx context.Context, email, password, code string) error {
	return c.post(ctx, "/operator/auth/login", map[string]string{"email": email, "password": password, "totp": code}, nil)
}

// Applicant is an account as the operator console lists it.
type Applicant struct {
	ID        string `json:"id"`
	LegalName string `json:"legal_name"`
	Status    string `json:"status"`
	Applicant struct {
		Email           string     `json:"email"`
		EmailVerifiedAt *time.Time `json:"email_verified_at"`
	} `json:"applicant"`
}

// Pending lists the applications that wait for a decision.
func (c *Client) Pending(ctx context.Context) ([]Applicant, error) {
	var page struct {
		Items []Applicant `json:"items"`
	}
	return page.Items, c.get(ctx, "/operator/accounts?status=pending_review", &page)
}

// Approve makes an application an active account.
func (c *Client) Approve(ctx context.Context, id, note string) error {
	return c.post(ctx, "/operator/accounts/"+id+"/approve", map[string]any{"note": note, "checklist": map[string]bool{
		"registry_checked": true, "website_checked": true, "employment_plausible": true}}, nil)
}

// Seals is what a check of every seal found.
type Seals struct {
	Chains   int  `json:"chains"`
	Seals    int  `json:"seals"`
	Unsealed int  `json:"unsealed"`
	OK       bool `json:"ok"`
}

// VerifySeals recomputes every seal.
func (c *Client) VerifySeals(ctx context.Context) (Seals, error) {
	var seals Seals
	return seals, c.post(ctx, "/operator/audit/verify", nil, &seals)
}
