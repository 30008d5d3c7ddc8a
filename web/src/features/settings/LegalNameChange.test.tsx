import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, stubApi } from '../../test/app';

const t = en.settings.nameChange;

const wish = {
  id: 'c1',
  legal_name: 'Maple Ridge Group Inc.',
  registry_number: '999',
  asked_by_name: 'Ada',
  asked_at: '2026-11-23T14:00:00Z',
};

function stub(waiting: boolean, role = 'owner') {
  let change: object | null = waiting ? wish : null;
  const account = () => ({
    id: 'a1',
    legal_name: 'Maple Ridge Foods Inc.',
    spoken_name: 'Maple Ridge',
    registry_number: '123',
    status: 'active',
    time_zone: 'America/Toronto',
    website: '',
    callback_number: '',
    contact_address: '',
    two_person: { above: null, pending: null },
    name_change: change,
  });
  const user = { id: 'u1', name: 'Ada', email: 'a@x.example', role, language: 'en', phone: '', phone_verified: true };
  return stubApi({
    'GET /me': () => ({ body: { user, account: account(), server_time: '2026-11-23T14:00:00Z' } }),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /auth/sessions': () => ({ body: { items: [], next_cursor: null } }),
    'PUT /settings/legal-name': () => {
      change = wish;
      return { status: 202, body: account() };
    },
    'DELETE /settings/legal-name': () => {
      change = null;
      return { body: account() };
    },
  });
}

it('asks for another name, which waits beside the one that holds', async () => {
  const calls = stub(false);
  renderApp('/settings');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.ask }));
  const dialog = await screen.findByRole('dialog');
  const name = within(dialog).getByLabelText(en.settings.legalName);
  expect(name).toHaveValue('Maple Ridge Foods Inc.');
  await user.clear(name);
  await user.type(name, wish.legal_name);
  await user.click(within(dialog).getByRole('button', { name: t.send }));
  expect(await screen.findByText(t.waits('Ada', wish.legal_name, '999'))).toBeVisible();
  expect(screen.getAllByText('Maple Ridge Foods Inc.').length).toBeGreaterThan(0);
  expect(calls.find((c) => c.method === 'PUT')?.body).toEqual({
    legal_name: wish.legal_name,
    registry_number: '123',
  });
});

it('takes the wish back', async () => {
  stub(true);
  renderApp('/settings');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.withdraw }));
  expect(await screen.findByRole('button', { name: t.ask })).toBeVisible();
});

it('shows a member what waits, and offers nothing', async () => {
  stub(true, 'member');
  renderApp('/settings');
  expect(await screen.findByText(t.waitsTitle)).toBeVisible();
  expect(screen.queryByRole('button', { name: t.withdraw })).toBeNull();
  expect(screen.queryByRole('button', { name: t.ask })).toBeNull();
});
