package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/callshu/callshu/internal/account"
	"github.com/callshu/callshu/internal/audit"
)

func (s *server) registerOperator() {
	get := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodGet, Path: "/operator" + path, Summary: summary}
	}
	post := func(id, path, summary string) huma.Operation {
		return huma.Operation{OperationID: id, Method: http.MethodPost, Path: "/operator" + path, Summary: summary}
	}
	route(s.operator, get("listApplications", "/accounts", "List accounts, newest first"), s.getApplications)
	route(s.operator, get("getApplication", "/accounts/{id}", "An account with its evidence and its log"), s.getApplication)
	route(s.operator, post("approveAccount", "/accounts/{id}/approve", "Approve an application and assign a number"), s.postApprove)
	route(s.operator, post("rejectAccount", "/accounts/{id}/reject", "Refuse an application"), s.postReject)
	route(s.operator, post("suspendAccount", "/accounts/{id}/suspend", "Stop an account"), s.postSuspend)
	route(s.operator, post("reinstateAccount", "/accounts/{id}/reinstate", "End a suspension"), s.postReinstate)
	route(s.operator, post("revokeSessions", "/accounts/{id}/revoke-sessions", "Sign everybody of an account out"), s.postRevokeSessions)
	route(s.operator, post("resetOwnerFactor", "/accounts/{id}/reset-second-factor", "Take the one-time codes off an owner who has lost phone and recovery codes"), s.postResetOwnerFactor)
	route(s.operator, post("approveLegalName", "/accounts/{id}/name/approve", "Let another legal name hold"), s.postApproveName)
	route(s.operator, post("refuseLegalName", "/accounts/{id}/name/refuse", "Keep the old legal name"), s.postRefuseName)
	route(s.operator, post("holdAccount", "/accounts/{id}/hold", "Keep an account's log beyond its time, or no longer"), s.postHold)
	route(s.operator, get("listSenders", "/senders", "List our numbers"), s.getSenders)
	route(s.operator, post("verifyAudit", "/audit/verify", "Check every seal of the log, and keep what was found"), s.postVerification)
	route(s.operator, get("listVerifications", "/audit/verifications", "The newest checks of the log, nightly ones and those that were asked for"), s.getVerifications)
	route(s.operator, get("getPause", "/pause", "Whether all dialling is stopped"), s.getPause)
	route(s.operator, post("setPause", "/pause", "Stop or resume all dialling"), s.postPause)
	route(s.operator, get("listJobs", "/jobs", "Count the jobs by kind and state"), s.getJobs)
}

// Application is an account as an operator reviews it.
type Application struct {
	ID                 uuid.UUID  `json:"id"`
	LegalName          string     `json:"legal_name"`
	SpokenName         string     `json:"spoken_name"`
	RegistryNumber     string     `json:"registry_number"`
	Country            string     `json:"country"`
	Province           string     `json:"province"`
	Website            string     `json:"website"`
	EmployeeCount      int        `json:"employee_count"`
	UseCase            string     `json:"use_case"`
	CallbackNumber     string     `json:"callback_number"`
	ContactAddress     string     `json:"contact_address"`
	AttestationVersion string     `json:"attestation_version"`
	AttestedAt         time.Time  `json:"attested_at"`
	AttestedIP         string     `json:"attested_ip"`
	Status             string     `json:"status" enum:"registered,pending_review,active,rejected,suspended"`
	StatusReason       string     `json:"status_reason"`
	AppliedAt          *time.Time `json:"applied_at"`
	ApprovedAt         *time.Time `json:"approved_at"`
	ApprovedByName     string     `json:"approved_by_name"`
	SenderNumber       *string    `json:"sender_number"`
	Applicant          Applicant  `json:"applicant"`

	NameChange *NameChange `json:"name_change" doc:"Another legal name, which waits for a decision"`

	DailyQuota          int        `json:"daily_quota" doc:"Campaign calls in any 24 hours"`
	DiallingPausedAt    *time.Time `json:"dialling_paused_at"`
	DiallingPauseReason string     `json:"dialling_pause_reason"`

	LegalHoldAt     *time.Time `json:"legal_hold_at" doc:"Since when its log is kept beyond two years; null: it is not"`
	LegalHoldReason string     `json:"legal_hold_reason"`
}

// Applicant is the person who applied.
type Applicant struct {
	Name            string     `json:"name"`
	Email           string     `json:"email"`
	EmailVerifiedAt *time.Time `json:"email_verified_at"`
	Phone           string     `json:"phone"`
	PhoneVerified   bool       `json:"phone_verified"`
	FreeMail        bool       `json:"free_mail" doc:"Anybody can have such an address: no proof of an employer."`
}

func applicationOf(d account.Dossier) Application {
	a := Application{ID: d.ID, LegalName: d.LegalName, SpokenName: d.SpokenName, RegistryNumber: d.RegistryNumber, Country: d.Country,
		Province: d.Province, Website: d.Website, EmployeeCount: d.EmployeeCount, UseCase: d.UseCase, CallbackNumber: d.CallbackNumber,
		ContactAddress: d.ContactAddress, AttestationVersion: d.AttestationVersion, AttestedAt: d.AttestedAt, AttestedIP: d.AttestedIP,
		Status: d.Status, StatusReason: d.StatusReason, AppliedAt: d.AppliedAt, ApprovedAt: d.ApprovedAt, SenderNumber: d.SenderNumber,
		Applicant: Applicant{Name: d.ApplicantName, Email: d.ApplicantEmail, EmailVerifiedAt: d.EmailVerifiedAt, Phone: d.ApplicantPhone,
			PhoneVerified: d.PhoneVerifiedAt != nil, FreeMail: d.FreeMail()},
		DailyQuota: d.DailyQuota, DiallingPausedAt: d.DiallingPausedAt, DiallingPauseReason: d.DiallingPauseReason,
		NameChange: nameChangeOf(d.Change), LegalHoldAt: d.LegalHoldAt, LegalHoldReason: d.LegalHoldReason}
	if d.ApprovedByName != nil {
		a.ApprovedByName = *d.ApprovedByName
	}
	return a
}

// ApplicationList is a page of accounts.
type ApplicationList struct {
	Items      []Application `json:"items"`
	NextCursor *string       `json:"next_cursor"`
}

type applicationsInput struct {
	Status string `query:"status" enum:"registered,pending_review,active,rejected,suspended"`
	Change bool   `query:"name_change" doc:"Only those whose change of the legal name waits"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"100"`
}

func (s *server) getApplications(ctx context.Context, in *applicationsInput) (*struct{ Body ApplicationList }, error) {
	dossiers, next, err := s.Account.Dossiers(ctx, account.DossierPage{Status: in.Status, NameChange: in.Change, Limit: in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	list := ApplicationList{Items: make([]Application, len(dossiers)), NextCursor: cursorOf(next)}
	for i, d := range dossiers {
		list.Items[i] = applicationOf(d)
	}
	return &struct{ Body ApplicationList }{list}, nil
}

// ApplicationWithLog is an account with its newest events.
type ApplicationWithLog struct {
	Account Application `json:"account"`
	Events  []AuditRow  `json:"events"`
}

func (s *server) getApplication(ctx context.Context, in *IDInput) (*struct{ Body ApplicationWithLog }, error) {
	dossier, err := s.Account.View(ctx, reviewer(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	rows, _, err := s.Audit.Platform(ctx, audit.Filter{Account: &in.ID, Limit: 100})
	if err != nil {
		return nil, err
	}
	events, err := auditRows(rows)
	return &struct{ Body ApplicationWithLog }{ApplicationWithLog{applicationOf(dossier), events}}, err
}

// ApprovalChecklist is what the reviewer has looked at.
type ApprovalChecklist struct {
	RegistryChecked     bool `json:"registry_checked"`
	WebsiteChecked      bool `json:"website_checked"`
	EmploymentPlausible bool `json:"employment_plausible"`
}

// Approval is a reviewer's yes.
type Approval struct {
	Checklist ApprovalChecklist `json:"checklist"`
	Note      string            `json:"note,omitempty" doc:"For Callshu's own log; the employer does not read it."`
	SenderID  *uuid.UUID        `json:"sender_id,omitempty"`
}

type applicationOutput struct{ Body Application }

func (s *server) dossierOutput(ctx context.Context, id uuid.UUID, err error) (*applicationOutput, error) {
	if err != nil {
		return nil, err
	}
	dossier, err := s.Account.Dossier(ctx, id)
	return &applicationOutput{applicationOf(dossier)}, err
}

func (s *server) postApprove(ctx context.Context, in *struct {
	IDInput
	Body Approval
}) (*applicationOutput, error) {
	err := s.Account.Approve(ctx, reviewer(ctx), in.ID, account.Approval{Checklist: account.Checklist(in.Body.Checklist), Note: in.Body.Note, SenderID: in.Body.SenderID})
	return s.dossierOutput(ctx, in.ID, err)
}

// Reason is why; the employer reads it.
type Reason struct {
	Reason string `json:"reason"`
}

type reasonInput struct {
	IDInput
	Body Reason
}

func (s *server) postReject(ctx context.Context, in *reasonInput) (*applicationOutput, error) {
	return s.dossierOutput(ctx, in.ID, s.Account.Reject(ctx, reviewer(ctx), in.ID, in.Body.Reason))
}

func (s *server) postSuspend(ctx context.Context, in *reasonInput) (*applicationOutput, error) {
	return s.dossierOutput(ctx, in.ID, s.Account.Suspend(ctx, reviewer(ctx), in.ID, in.Body.Reason))
}

func (s *server) postReinstate(ctx context.Context, in *reasonInput) (*applicationOutput, error) {
	return s.dossierOutput(ctx, in.ID, s.Account.Reinstate(ctx, reviewer(ctx), in.ID, in.Body.Reason))
}

// LostFactor is whose codes are lost, and how Callshu knows it.
type LostFactor struct {
	Email  string `json:"email" maxLength:"254" doc:"Of an owner of the account, who has asked from it."`
	Reason string `json:"reason" doc:"For the log, which the account's owners read."`
}

// FactorReset says when it holds.
type FactorReset struct {
	From time.Time `json:"from" doc:"From then on the next sign-in goes without codes, unless a code stops it before."`
}

func (s *server) postResetOwnerFactor(ctx context.Context, in *struct {
	IDInput
	Body LostFactor
}) (*struct{ Body FactorReset }, error) {
	from, err := s.Account.ResetOwnerFactor(ctx, reviewer(ctx), in.ID, strings.TrimSpace(in.Body.Email), in.Body.Reason)
	return &struct{ Body FactorReset }{FactorReset{from}}, err
}

// Revocation says what else goes with the sessions.
type Revocation struct {
	ForceReset bool `json:"force_reset,omitempty" doc:"Everybody must choose a new password by a mailed link."`
}

func (s *server) postRevokeSessions(ctx context.Context, in *struct {
	IDInput
	Body *Revocation
}) (*struct{}, error) {
	reset := in.Body != nil && in.Body.ForceReset
	return nil, s.Account.RevokeSessions(ctx, reviewer(ctx), in.ID, reset)
}

// NameApproval is an operator's yes to another legal name.
type NameApproval struct {
	ChangeID        uuid.UUID `json:"change_id" doc:"What was read: another wish may have taken its place."`
	RegistryChecked bool      `json:"registry_checked"`
}

func (s *server) postApproveName(ctx context.Context, in *struct {
	IDInput
	Body NameApproval
}) (*applicationOutput, error) {
	return s.dossierOutput(ctx, in.ID, s.Account.ApproveName(ctx, reviewer(ctx), in.ID, in.Body.ChangeID, in.Body.RegistryChecked))
}

// NameRefusal is an operator's no to another legal name.
type NameRefusal struct {
	ChangeID uuid.UUID `json:"change_id"`
	Reason   string    `json:"reason" doc:"The employer reads it."`
}

func (s *server) postRefuseName(ctx context.Context, in *struct {
	IDInput
	Body NameRefusal
}) (*applicationOutput, error) {
	return s.dossierOutput(ctx, in.ID, s.Account.RefuseName(ctx, reviewer(ctx), in.ID, in.Body.ChangeID, in.Body.Reason))
}

// Hold keeps an account's log, or lets its old rows go again.
type Hold struct {
	Held   bool   `json:"held"`
	Reason string `json:"reason" doc:"For Callshu's own log; the employer does not read it."`
}

func (s *server) postHold(ctx context.Context, in *struct {
	IDInput
	Body Hold
}) (*applicationOutput, error) {
	return s.dossierOutput(ctx, in.ID, s.Account.Hold(ctx, reviewer(ctx), in.ID, in.Body.Held, in.Body.Reason))
}

// Sender is a number of ours.
type Sender struct {
	ID       uuid.UUID `json:"id"`
	Number   string    `json:"number"`
	Accounts int       `json:"accounts"`
	Active   bool      `json:"active"`
}

// SenderList is all of them.
type SenderList struct {
	Items []Sender `json:"items"`
}

func (s *server) getSenders(ctx context.Context, _ *struct{}) (*struct{ Body SenderList }, error) {
	senders, err := s.Account.Senders(ctx)
	if err != nil {
		return nil, err
	}
	list := SenderList{Items: make([]Sender, len(senders))}
	for i, sender := range senders {
		list.Items[i] = Sender{ID: sender.ID, Number: sender.Number, Accounts: sender.Accounts, Active: sender.Active}
	}
	return &struct{ Body SenderList }{list}, nil
}

type allAuditInput struct {
	AccountID uuid.UUID `query:"account_id"`
	AuditQuery
}

func (s *server) getAllAudit(ctx context.Context, in *allAuditInput) (*auditOutput, error) {
	filter := in.filter()
	if in.AccountID != uuid.Nil {
		filter.Account = &in.AccountID
	}
	rows, next, err := s.Audit.Platform(ctx, filter)
	if err != nil {
		return nil, err
	}
	return auditPage(rows, next)
}

// Verification is what a check of all seals found.
type Verification struct {
	Chains   int       `json:"chains"`
	Seals    int64     `json:"seals"`
	Unsealed int64     `json:"unsealed" doc:"Rows too new to be sealed."`
	Purged   int64     `json:"purged" doc:"Sealed rows that were deleted after two years; their seals stay."`
	Erased   int64     `json:"erased" doc:"Sealed rows of people who were erased; what stays of them is as the erasure left it."`
	Days     int       `json:"checkpoints" doc:"Days whose combined head still holds."`
	At       time.Time `json:"at" doc:"When it began."`
	TookMS   int64     `json:"took_ms"`
	Nightly  bool      `json:"nightly" doc:"Nobody asked for it."`
	OK       bool      `json:"ok"`
	FirstBad *FirstBad `json:"first_bad"`
}

// FirstBad is the first place that is not as it was sealed.
type FirstBad struct {
	_      struct{}  `nullable:"true"`
	Chain  uuid.UUID `json:"chain"`
	Seq    int64     `json:"seq"`
	Source string    `json:"source"`
	RowID  string    `json:"row_id"`
	Why    string    `json:"why"`
}

func (s *server) postVerification(ctx context.Context, _ *struct{}) (*struct{ Body Verification }, error) {
	by := reviewer(ctx)
	found, err := s.Audit.Verify(ctx, by.Session.Actor(by.Client))
	if err != nil {
		return nil, err
	}
	return &struct{ Body Verification }{verificationOf(found)}, nil
}

// VerificationList is the newest checks of the log, newest first.
type VerificationList struct {
	Items []Verification `json:"items"`
}

// verificationsShown is how many of them a page may want.
const verificationsShown = 10

func (s *server) getVerifications(ctx context.Context, _ *struct{}) (*struct{ Body VerificationList }, error) {
	found, err := s.Audit.Verifications(ctx, verificationsShown)
	list := VerificationList{Items: make([]Verification, len(found))}
	for i, v := range found {
		list.Items[i] = verificationOf(v)
	}
	return &struct{ Body VerificationList }{list}, err
}

func verificationOf(found audit.Verification) Verification {
	report := found.Report
	v := Verification{Chains: report.Chains, Seals: report.Seals, Unsealed: report.Unsealed, Purged: report.Purged, Erased: report.Erased, Days: report.Days,
		At: found.StartedAt, TookMS: found.Took.Milliseconds(), Nightly: found.AskedBy == nil, OK: report.OK()}
	if bad := report.FirstBad; bad != nil {
		v.FirstBad = &FirstBad{Chain: bad.Chain, Seq: bad.Seq, Source: bad.Source, RowID: strconv.FormatInt(bad.RowID, 10), Why: bad.Why}
	}
	return v
}

// PauseState is whether all dialling is stopped.
type PauseState struct {
	PausedAt *time.Time `json:"paused_at"`
	Reason   string     `json:"reason"`
}

// PauseChange stops or resumes all dialling.
type PauseChange struct {
	Paused bool   `json:"paused"`
	Reason string `json:"reason"`
}

type pauseOutput struct{ Body PauseState }

func (s *server) getPause(ctx context.Context, _ *struct{}) (*pauseOutput, error) {
	p, err := s.Account.Pause(ctx)
	return &pauseOutput{PauseState(p)}, err
}

func (s *server) postPause(ctx context.Context, in *struct{ Body PauseChange }) (*pauseOutput, error) {
	p, err := s.Account.SetPause(ctx, reviewer(ctx), in.Body.Paused, in.Body.Reason)
	return &pauseOutput{PauseState(p)}, err
}

// JobCount is how many jobs of a kind are in a state.
type JobCount struct {
	Queue string `json:"queue"`
	Kind  string `json:"kind"`
	State string `json:"state"`
	Count int    `json:"count"`
}

// JobCounts is the whole job queue.
type JobCounts struct {
	Items []JobCount `json:"items"`
}

func (s *server) getJobs(ctx context.Context, _ *struct{}) (*struct{ Body JobCounts }, error) {
	counts, err := s.Account.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	list := JobCounts{Items: make([]JobCount, len(counts))}
	for i, c := range counts {
		list.Items[i] = JobCount(c)
	}
	return &struct{ Body JobCounts }{list}, nil
}
