import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, stubApi } from '../../test/app';

const t = en.users;

const me = (role = 'owner') => ({
  body: {
    user: { id: 'u1', name: 'Ada', email: 'a@x.example', role, language: 'en', phone: '', phone_verified: true },
    account: {
      id: 'a1',
      legal_name: 'Maple Ridge Foods Inc.',
      status: 'active',
      time_zone: 'America/Toronto',
      employee_count: 3,
      two_person: { above: null, pending: null },
    },
    server_time: '2026-11-23T14:00:00Z',
  },
});

const person = (more: object) => ({
  language: 'en',
  phone_verified: false,
  created_at: '2026-11-20T14:00:00Z',
  last_seen_at: null,
  disabled_at: null,
  second_factor: false,
  factor_reset_at: null,
  ...more,
});
const ada = person({ id: 'u1', name: 'Ada', email: 'a@x.example', role: 'owner' });
const ben = person({ id: 'u2', name: 'Ben', email: 'b@x.example', role: 'member' });
const open = {
  id: 'i1',
  email: 'c@x.example',
  name: 'Cleo',
  role: 'owner',
  language: 'fr',
  invited_by_name: 'Ada',
  created_at: '2026-11-20T14:00:00Z',
  expires_at: '2026-11-22T14:00:00Z',
  expired: true,
};

function stub(role?: string) {
  return stubApi({
    'GET /me': () => me(role),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /users': () => ({ body: { items: [ada, ben], next_cursor: null } }),
    'GET /users/invitations': () => ({ body: { items: [open], next_cursor: null } }),
    'POST /users/invitations': ({ body }) =>
      (body as { email: string }).email === 'b@x.example'
        ? { status: 409, body: { status: 409, code: 'already_user', detail: 'Already one of you.' } }
        : { status: 202, body: { ...open, email: 'd@x.example' } },
    'POST /users/invitations/i1/resend': () => ({ status: 202, body: open }),
    'DELETE /users/invitations/i1': () => ({ status: 204 }),
    'PATCH /users/u2': () => ({ body: ben }),
  });
}

const changes = (calls: ReturnType<typeof stubApi>) =>
  calls.filter((c) => c.method !== 'GET').map((c) => [c.method, c.path, c.body]);

it('changes roles at once, and ends an access after a question', async () => {
  const calls = stub();
  renderApp('/users');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.makeOwnerNamed('Ben') }));
  expect(await screen.findByText(t.changed('Ben'))).toBeVisible();
  expect(screen.queryByRole('button', { name: t.endNamed('Ada') })).toBeNull(); // nobody ends their own
  await user.click(screen.getByRole('button', { name: t.endNamed('Ben') }));
  const dialog = await screen.findByRole('dialog');
  expect(changes(calls)).toHaveLength(1);
  await user.click(within(dialog).getByRole('button', { name: t.end }));
  await expect
    .poll(() => changes(calls))
    .toEqual([
      ['PATCH', '/users/u2', { role: 'owner' }],
      ['PATCH', '/users/u2', { disabled: true }],
    ]);
});

it('switches a member’s lost codes off for the owner’s own password', async () => {
  const guarded = { ...ben, second_factor: true };
  let asked = false;
  const calls = stubApi({
    'GET /me': () => me(),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /auth/mfa': () => ({ body: { totp: false, since: null, recovery_codes: 0, password_short: false } }),
    'GET /users': () => ({
      body: {
        items: [ada, asked ? { ...guarded, factor_reset_at: '2026-11-24T14:00:00Z' } : guarded],
        next_cursor: null,
      },
    }),
    'GET /users/invitations': () => ({ body: { items: [], next_cursor: null } }),
    'POST /users/u2/reset-second-factor': ({ body }) => {
      asked = (body as { current_password: string }).current_password === 'right';
      return asked
        ? { body: guarded }
        : { status: 422, body: { status: 422, errors: [{ location: 'body.current_password', message: 'Not it.' }] } };
    },
  });
  renderApp('/users');
  const user = userEvent.setup({ delay: null });
  expect(screen.queryByRole('button', { name: t.lostNamed('Ada') })).toBeNull();
  await user.click(await screen.findByRole('button', { name: t.lostNamed('Ben') }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(await dialog.findByLabelText(en.settings.currentPassword), 'wrong');
  await user.click(dialog.getByRole('button', { name: t.lostSubmit }));
  expect(await dialog.findByText('Not it.')).toBeVisible();
  await user.clear(dialog.getByLabelText(en.settings.currentPassword));
  await user.type(dialog.getByLabelText(en.settings.currentPassword), 'right');
  await user.click(dialog.getByRole('button', { name: t.lostSubmit }));
  expect(await screen.findByText(t.lostAsked('Ben'))).toBeVisible();
  expect(await screen.findByText(t.lostFrom, { exact: false })).toBeVisible();
  expect(screen.queryByRole('button', { name: t.lostNamed('Ben') })).toBeNull();
  expect(changes(calls).at(-1)).toEqual(['POST', '/users/u2/reset-second-factor', { current_password: 'right' }]);
});

it('invites, and shows the server’s word about somebody who is here already', async () => {
  const calls = stub();
  renderApp('/users');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.invite }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText(t.email), 'b@x.example');
  await user.type(within(dialog).getByLabelText(t.name), 'Dan');
  await user.selectOptions(within(dialog).getByLabelText(t.role), 'owner');
  await user.click(within(dialog).getByRole('button', { name: t.send }));
  expect(await within(dialog).findByText('Already one of you.')).toBeVisible();
  await user.clear(within(dialog).getByLabelText(t.email));
  await user.type(within(dialog).getByLabelText(t.email), 'd@x.example');
  await user.click(within(dialog).getByRole('button', { name: t.send }));
  expect(await screen.findByText(t.sent('d@x.example'))).toBeVisible();
  expect(changes(calls).at(-1)).toEqual([
    'POST',
    '/users/invitations',
    { email: 'd@x.example', name: 'Dan', role: 'owner', language: 'en' },
  ]);
});

it('sends an old invitation again and takes it back', async () => {
  const calls = stub();
  renderApp('/users');
  const user = userEvent.setup({ delay: null });
  expect(await screen.findByText(t.expired)).toBeVisible();
  await user.click(screen.getByRole('button', { name: t.againNamed('Cleo') }));
  await user.click(screen.getByRole('button', { name: t.takeBackNamed('Cleo') }));
  expect(await screen.findByText(t.takenBack)).toBeVisible();
  expect(changes(calls).map(([method, path]) => `${method} ${path}`)).toEqual([
    'POST /users/invitations/i1/resend',
    'DELETE /users/invitations/i1',
  ]);
});

it('asks nothing for a member', async () => {
  const calls = stub('member');
  renderApp('/users');
  expect(await screen.findByText(t.ownersOnly)).toBeVisible();
  expect(calls.filter((c) => c.path.startsWith('/users'))).toEqual([]);
});

afterEach(() => {
  globalThis.location.hash = '';
});

const join = (accepted: () => { status?: number; body?: unknown }) =>
  stubApi({
    'POST /auth/invitation': () => ({
      body: { legal_name: 'Maple Ridge Foods Inc.', name: 'Ben', email: 'b@x.example', role: 'member', language: 'fr' },
    }),
    'POST /auth/invitation/accept': accepted,
  });

it('joins with the secret of the mail, which stays in the fragment', async () => {
  globalThis.location.hash = '#token=abc';
  const calls = join(() => ({ body: { message: 'Welcome.' } }));
  renderApp('/accept-invitation');
  const user = userEvent.setup({ delay: null });
  expect(await screen.findByRole('heading', { name: en.accept.title('Maple Ridge Foods Inc.') })).toBeVisible();
  await user.type(screen.getByLabelText(en.accept.password), 'too short');
  await user.click(screen.getByRole('button', { name: en.accept.submit }));
  expect(await screen.findByText(en.public.passwordShort)).toBeVisible();
  await user.type(screen.getByLabelText(en.accept.password), ' no longer so');
  await user.click(screen.getByRole('button', { name: en.accept.submit }));
  expect(await screen.findByText(en.accept.done)).toBeVisible();
  expect(calls.filter((c) => c.path.startsWith('/auth')).map((c) => c.body)).toEqual([
    { token: 'abc' },
    { token: 'abc', name: 'Ben', language: 'fr', password: 'too short no longer so' },
  ]);
});

it('says whom to ask when the link is used up', async () => {
  globalThis.location.hash = '#token=abc';
  stubApi({
    'POST /auth/invitation': () => ({ status: 410, body: { status: 410, code: 'token_gone', detail: 'Too old.' } }),
  });
  renderApp('/accept-invitation');
  expect(await screen.findByText('Too old.')).toBeVisible();
  expect(screen.getByText(en.accept.gone)).toBeVisible();
});
