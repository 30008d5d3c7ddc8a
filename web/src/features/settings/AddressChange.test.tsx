import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';

it('asks for another address with the password, and the mailed link’s page posts its token', async () => {
  const calls = stubApi({
    'GET /me': () => signedIn({ account: { name_change: null } }),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /auth/sessions': () => ({ body: { items: [], next_cursor: null } }),
    'GET /auth/mfa': () => ({ body: { totp: false, since: null, recovery_codes: 0, password_short: false } }),
    'POST /me/email': ({ body }) =>
      (body as { current_password: string }).current_password === 'right'
        ? { status: 202, body: { message: '' } }
        : { status: 422, body: { status: 422, errors: [{ location: 'body.current_password', message: 'Not it.' }] } },
    'POST /auth/email/confirm': () => ({ body: { message: '' } }),
  });
  const t = en.settings.emailChange;
  renderApp('/settings');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.ask }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByLabelText(t.address), 'new@x.example');
  await user.type(dialog.getByLabelText(en.settings.currentPassword), 'wrong');
  await user.click(dialog.getByRole('button', { name: t.send }));
  await waitFor(() => expect(dialog.getByText('Not it.')).toBeVisible());
  await user.clear(dialog.getByLabelText(en.settings.currentPassword));
  await user.type(dialog.getByLabelText(en.settings.currentPassword), 'right');
  await user.click(dialog.getByRole('button', { name: t.send }));
  expect(await screen.findByText(t.sent)).toBeVisible();
  expect(calls.findLast((c) => c.path === '/me/email')?.body).toEqual({
    email: 'new@x.example',
    current_password: 'right',
  });

  globalThis.location.hash = '#token=abc';
  renderApp('/confirm-email');
  await user.click(await screen.findByRole('button', { name: en.public.confirmEmail.button }));
  expect(await screen.findByText(en.public.confirmEmail.done)).toBeVisible();
  expect(calls.at(-1)).toMatchObject({ path: '/auth/email/confirm', body: { token: 'abc' } });
  globalThis.location.hash = '';
});

it('asks for a code besides where one-time codes are on, for the address and the password', async () => {
  const calls = stubApi({
    'GET /me': () => signedIn({ account: { name_change: null } }),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /auth/sessions': () => ({ body: { items: [], next_cursor: null } }),
    'GET /auth/mfa': () => ({
      body: { totp: true, since: '2026-11-02T14:00:00Z', recovery_codes: 9, password_short: false },
    }),
    'GET /auth/mfa/devices': () => ({ body: { items: [], next_cursor: null } }),
    'POST /me/email': ({ body }) =>
      (body as { code: string }).code === '123456'
        ? { status: 202, body: { message: '' } }
        : { status: 422, body: { status: 422, errors: [{ location: 'body.code', message: 'Not this code.' }] } },
    'POST /auth/password/change': () => signedIn(),
  });
  const t = en.settings;
  renderApp('/settings');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.emailChange.ask }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByLabelText(t.emailChange.address), 'new@x.example');
  await user.type(dialog.getByLabelText(t.currentPassword), 'right');
  await user.type(await dialog.findByLabelText(t.factor.anyCode), '000000');
  await user.click(dialog.getByRole('button', { name: t.emailChange.send }));
  await waitFor(() => expect(dialog.getByText('Not this code.')).toBeVisible());
  await user.clear(dialog.getByLabelText(t.factor.anyCode));
  await user.type(dialog.getByLabelText(t.factor.anyCode), '123456');
  await user.click(dialog.getByRole('button', { name: t.emailChange.send }));
  expect(await screen.findByText(t.emailChange.sent)).toBeVisible();
  expect(calls.findLast((c) => c.path === '/me/email')?.body).toMatchObject({ code: '123456' });

  await user.type(screen.getByLabelText(t.currentPassword), 'right');
  await user.type(screen.getByLabelText(t.newPassword), 'purple teapot gravel');
  await user.type(screen.getByLabelText(t.factor.anyCode), 'ABCDEF-GHIJKL');
  await user.click(screen.getByRole('button', { name: t.changePassword }));
  expect(await screen.findByText(t.passwordChanged)).toBeVisible();
  expect(calls.findLast((c) => c.path === '/auth/password/change')?.body).toEqual({
    current_password: 'right',
    password: 'purple teapot gravel',
    code: 'ABCDEF-GHIJKL',
  });
});
