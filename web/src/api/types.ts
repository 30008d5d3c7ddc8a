import type { components, paths } from './schema';

// The names of the product for the shapes of the API. They are read off the
// paths, so that a renamed schema on the server changes nothing here.

type Json<R> = R extends { content: { 'application/json': infer J } } ? J : never;
type Answer<P extends keyof paths, Verb extends string> = paths[P] extends { [K in Verb]: { responses: infer R } }
  ? Json<R[keyof R & (200 | 201 | 202)]>
  : never;
type Item<T> = T extends { items: (infer I)[] } ? I : never;
type Body<P extends keyof paths, Verb extends string> = paths[P] extends {
  [K in Verb]: { requestBody: { content: { 'application/json': infer B } } };
}
  ? B
  : never;

export type Me = Answer<'/api/v1/me', 'get'>;
export type Account = Me['account'];
export type Registration = Body<'/api/v1/auth/register', 'post'>;
export type SessionRow = Item<Answer<'/api/v1/auth/sessions', 'get'>>;

export type Colleague = Item<Answer<'/api/v1/users', 'get'>>;
export type UserChange = Body<'/api/v1/users/{id}', 'patch'>;
export type Invitee = Body<'/api/v1/users/invitations', 'post'>;
export type UserInvitation = Item<Answer<'/api/v1/users/invitations', 'get'>>;
export type InvitedTo = Answer<'/api/v1/auth/invitation', 'post'>;

export type Employee = Item<Answer<'/api/v1/employees', 'get'>>;
export type Consent = Employee['consent']['state'];
export type ConsentHistory = Answer<'/api/v1/employees/{id}/consent', 'get'>;
export type InboxText = Item<Answer<'/api/v1/inbox', 'get'>>;
export type ImportFile = Answer<'/api/v1/employees/imports/{id}', 'get'>;
export type ImportCheck = NonNullable<ImportFile['check']>;
export type ImportField = ImportCheck['columns'][number]['field'];

export type Campaign = Item<Answer<'/api/v1/campaigns', 'get'>>;
export type Approval = NonNullable<Campaign['approval']>;
export type CampaignInput = Body<'/api/v1/campaigns', 'post'>;
export type Content = Campaign['content'];
export type SavedMessage = Item<Answer<'/api/v1/saved-messages', 'get'>>;
export type Choice = Content['choices'][number];
export type Audience = Campaign['audience'];
export type Progress = Campaign['progress'];
export type Trip = Item<Answer<'/api/v1/campaigns/{id}/trips', 'get'>>;
export type Plan = Answer<'/api/v1/campaigns/{id}/plan', 'get'>;
export type Forecast = Plan['forecast'];
// These two routes also give CSV, so their answers are described under their names only.
export type RecipientPage = components['schemas']['RecipientPage'];
export type Recipient = components['schemas']['Recipient'];
export type Proof = Answer<'/api/v1/campaigns/{id}/recipients/{rid}', 'get'>;
export type ProofEvent = components['schemas']['ConsentEvent'];
export type AuditPage = components['schemas']['AuditList'];

export type AuditRow = components['schemas']['AuditRow'];

export type Application = Item<Answer<'/api/v1/operator/accounts', 'get'>>;
export type NameChange = NonNullable<Application['name_change']>;
export type Dialling = Answer<'/api/v1/operator/dialling', 'get'>;
export type AccountDialling = Dialling['accounts'][number];
export type Sender = Item<Answer<'/api/v1/operator/senders', 'get'>>;
export type RecordedOptOut = Item<Answer<'/api/v1/operator/opt-outs', 'get'>>;
export type StrayText = Item<Answer<'/api/v1/operator/stray-texts', 'get'>>;
export type Report = Item<Answer<'/api/v1/operator/reports', 'get'>>;
export type Verification = Answer<'/api/v1/operator/audit/verify', 'post'>;

export type Language = 'en' | 'fr';
