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
