import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, stubApi } from '../../test/app';

const t = en.settings;

it('changes an operator’s password with a code, and ends a session', async () => {
  const me = {
    operator: { name: 'Olive', email: 'o@x.example', team: 'support' },
    server_time: '2026-11-23T14:00:00Z',
  };
  const session = (id: string, current: boolean) => ({
    id,
    ip: `192.0.2.${id}`,
    user_agent: 'Firefox/1',
    created_at: me.server_time,
    last_seen_at: me.server_time,
    current,
  });
  let items = [session('1', true), session('2', false)];
  const calls = stubApi({
    'GET /operator/me': () => ({ body: me }),
    'GET /operator/auth/sessions': () => ({ body: { items, next_cursor: null } }),
    'DELETE /operator/auth/sessions/2': () => {
      items = items.slice(0, 1);
      return { status: 204 };
    },
    'POST /operator/auth/password': ({ body }) =>
      (body as { totp: string }).totp === '123456'
        ? { body: me }
        : { status: 422, body: { status: 422, errors: [{ location: 'body.totp', message: 'Not it.' }] } },
  });
  renderApp('/operator/own');
  const user = userEvent.setup({ delay: null });
  await user.type(await screen.findByLabelText(t.currentPassword), 'old');
  await user.type(screen.getByLabelText(t.newPassword), 'purple teapot gravel');
  await user.type(screen.getByLabelText(en.operator.login.totp), '999999');
  await user.click(screen.getByRole('button', { name: t.changePassword }));
  expect(await screen.findByText('Not it.')).toBeVisible();
  await user.clear(screen.getByLabelText(en.operator.login.totp));
  await user.type(screen.getByLabelText(en.operator.login.totp), '123 456');
  await user.click(screen.getByRole('button', { name: t.changePassword }));
  expect(await screen.findByText(t.passwordChanged)).toBeVisible();
  expect(calls.findLast((c) => c.path === '/operator/auth/password')?.body).toEqual({
    current_password: 'old',
    password: 'purple teapot gravel',
    totp: '123456',
  });
  await user.click(screen.getByRole('button', { name: t.endSessionOf('Firefox, 192.0.2.2') }));
  expect(await screen.findByText(t.sessionEnded)).toBeVisible();
  await expect.poll(() => screen.queryByText('192.0.2.2')).toBeNull();
});
