import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';

const t = en.settings.factor;

interface State {
  totp: boolean;
  since: string | null;
  recovery_codes: number;
  password_short: boolean;
}

const off: State = { totp: false, since: null, recovery_codes: 0, password_short: false };
const on: State = { totp: true, since: '2026-11-23T14:00:00Z', recovery_codes: 2, password_short: false };

/** A dialog slides in: its words are there before one sees them. */
const shown = (words: string) => waitFor(() => expect(screen.getByText(words)).toBeVisible());

function stub(first: State) {
  let state = first;
  const codes = ['AAAAAA-BBBBBB', 'CCCCCC-DDDDDD'];
  return stubApi({
    'GET /me': () => signedIn({ account: { name_change: null } }),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /auth/sessions': () => ({ body: { items: [], next_cursor: null } }),
    'GET /auth/mfa': () => ({ body: state }),
    'GET /auth/mfa/devices': () => ({
      body: {
        items: [{ id: 'd1', ip: '192.0.2.1', user_agent: 'Mozilla/5.0 (Windows) Firefox/1', expires_at: on.since }],
      },
    }),
    'DELETE /auth/mfa/devices/d1': () => ({ status: 204 }),
    'POST /auth/mfa/totp': () => ({
      body: { secret: 'ABCDEFGH', url: 'otpauth://totp/x', qr: { size: 21, path: 'M0 0h7v1h-7z' } },
    }),
    'POST /auth/mfa/totp/confirm': ({ body }) => {
      if ((body as { code: string }).code !== '123456')
        return {
          status: 422,
          body: { status: 422, code: 'invalid', errors: [{ location: 'body.code', message: 'Not it.' }] },
        };
      state = { ...on, recovery_codes: 10 };
      return { body: { recovery_codes: codes } };
    },
    'POST /auth/mfa/recovery-codes': () => ({ body: { recovery_codes: codes } }),
    'POST /auth/mfa/totp/disable': () => {
      state = off;
      return signedIn();
    },
  });
}

it('is set up with the password, the picture and a first code, and shows the recovery codes once', async () => {
  stub(off);
  renderApp('/settings');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.begin }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByLabelText(en.settings.currentPassword), 'tigers');
  await user.click(dialog.getByRole('button', { name: t.goOn }));
  const picture = await dialog.findByRole('img', { name: t.picture });
  expect(picture.querySelector('path')?.getAttribute('d')).toBe('M0 0h7v1h-7z');
  expect(picture.getAttribute('viewBox')).toBe('-4 -4 29 29');
  expect(picture.getAttribute('style')).toBeNull();
  await shown('ABCD EFGH');
  await user.type(dialog.getByLabelText(t.code), '111111');
  await user.click(dialog.getByRole('button', { name: t.confirm }));
  await shown('Not it.');
  await user.clear(dialog.getByLabelText(t.code));
  await user.type(dialog.getByLabelText(t.code), '123 456');
  await user.click(dialog.getByRole('button', { name: t.confirm }));
  await shown('CCCCCC-DDDDDD');
  await user.click(screen.getByRole('button', { name: t.codesDone }));
  expect(await screen.findByText(t.left(10))).toBeVisible();
});

it('warns of few codes, forgets a browser, and is switched off with a code', async () => {
  const calls = stub(on);
  renderApp('/settings');
  const user = userEvent.setup({ delay: null });
  expect(await screen.findByText(t.few)).toBeVisible();
  expect(screen.getByText(en.settings.passwordHintTwo)).toBeVisible();
  await user.click(await screen.findByRole('button', { name: t.forgetOf('Firefox, Windows, 192.0.2.1') }));
  expect(await screen.findByText(t.forgotten)).toBeVisible();
  await user.click(screen.getByRole('button', { name: t.end }));
  const dialog = within(await screen.findByRole('dialog'));
  await user.type(dialog.getByLabelText(en.settings.currentPassword), 'tigers');
  await user.type(dialog.getByLabelText(t.anyCode), 'AAAAAA-BBBBBB');
  await user.click(dialog.getByRole('button', { name: t.end }));
  expect(await screen.findByRole('button', { name: t.begin })).toBeVisible();
  expect(calls.find((c) => c.path === '/auth/mfa/totp/disable')?.body).toEqual({
    current_password: 'tigers',
    code: 'AAAAAA-BBBBBB',
  });
});

it('does not take the codes away from a password that cannot stand alone', async () => {
  stub({ ...on, password_short: true });
  renderApp('/settings');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.end }));
  await shown(t.shortFirst);
});
