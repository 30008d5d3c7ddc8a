import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';

const t = en.public.login;

interface Body {
  totp?: string;
  recovery_code?: string;
}

function stub() {
  return stubApi({
    'POST /auth/login': ({ body }) => {
      const { totp, recovery_code } = body as Body;
      if (totp === '123456' || recovery_code) return signedIn();
      const code = totp ? 'bad_code' : 'totp_required';
      return { status: 401, body: { status: 401, code, detail: `The server says ${code}.` } };
    },
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
  });
}

async function typePassword() {
  renderApp('/login');
  const user = userEvent.setup({ delay: null });
  await user.type(await screen.findByLabelText(t.email), 'r@x.example');
  await user.type(screen.getByLabelText(t.password), 'tigers eat mangos at dawn');
  await user.click(screen.getByRole('button', { name: t.submit }));
  return user;
}

it('asks for a code after the right password, and again after a wrong one', async () => {
  const calls = stub();
  const user = await typePassword();
  const code = await screen.findByLabelText(t.totp);
  expect(screen.queryByText(/totp_required/)).toBeNull();
  await user.type(code, '999 999');
  await user.click(screen.getByRole('button', { name: t.submit }));
  expect(await screen.findByText('The server says bad_code.')).toBeVisible();
  await user.clear(code);
  await user.type(code, '123 456');
  await user.click(screen.getByLabelText(t.remember));
  await user.click(screen.getByRole('button', { name: t.submit }));
  expect((await screen.findAllByText('Renée')).length).toBeGreaterThan(0);
  const known = { email: 'r@x.example', password: 'tigers eat mangos at dawn' };
  expect(calls.filter((c) => c.path === '/auth/login').map((c) => c.body)).toEqual([
    known,
    { ...known, totp: '999999', remember_device: false },
    { ...known, totp: '123456', remember_device: true },
  ]);
});

it('takes a recovery code from who has no phone, and lets another person start over', async () => {
  const calls = stub();
  const user = await typePassword();
  await screen.findByLabelText(t.totp);
  await user.click(screen.getByRole('button', { name: t.startOver }));
  expect(await screen.findByLabelText(t.email)).toBeVisible();
  await user.type(screen.getByLabelText(t.email), 'r@x.example');
  await user.type(screen.getByLabelText(t.password), 'x');
  await user.click(screen.getByRole('button', { name: t.submit }));
  await user.click(await screen.findByRole('button', { name: t.useRecovery }));
  await user.type(screen.getByLabelText(t.recovery), 'ABCDEF-GHIJKL ');
  await user.click(screen.getByRole('button', { name: t.submit }));
  expect((await screen.findAllByText('Renée')).length).toBeGreaterThan(0);
  expect(calls.filter((c) => c.path === '/auth/login').at(-1)?.body).toEqual({
    email: 'r@x.example',
    password: 'x',
    recovery_code: 'ABCDEF-GHIJKL',
    remember_device: false,
  });
});
