import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, stubApi } from '../../test/app';

const t = en.operator.account.nameChange;

function stub() {
  let waiting = true;
  const account = () => ({
    id: 'a1',
    legal_name: 'Maple Ridge Foods Inc.',
    registry_number: '123',
    status: 'suspended',
    status_reason: '',
    applicant: { name: 'Ada', email: 'a@x.example', phone: '', phone_verified: false, free_mail: false },
    website: 'https://x.example',
    name_change: waiting
      ? {
          id: 'c1',
          legal_name: 'Maple Ridge Group Inc.',
          registry_number: '999',
          asked_by_name: 'Ada',
          asked_at: '2026-11-23T14:00:00Z',
        }
      : null,
  });
  const decided = () => {
    waiting = false;
    return { body: account() };
  };
  return stubApi({
    'GET /operator/me': () => ({
      body: { operator: { name: 'Olive', email: 'o@x.example', team: 'support' }, server_time: '2026-11-23T14:00:00Z' },
    }),
    'GET /operator/pause': () => ({ body: { paused_at: null, reason: '' } }),
    'GET /operator/accounts': () => ({ body: { items: waiting ? [account()] : [], next_cursor: null } }),
    'GET /operator/accounts/a1': () => ({ body: { account: account(), events: [] } }),
    'POST /operator/accounts/a1/name/approve': decided,
    'POST /operator/accounts/a1/name/refuse': ({ body }) =>
      (body as { reason: string }).reason.length < 5
        ? {
            status: 422,
            body: { status: 422, code: 'invalid', errors: [{ location: 'body.reason', message: 'Too short.' }] },
          }
        : decided(),
  });
}

it('lets a name hold only after the check, and says which one was read', async () => {
  const calls = stub();
  renderApp('/operator/accounts/a1');
  const user = userEvent.setup({ delay: null });
  expect(await screen.findByText('Maple Ridge Group Inc., 999')).toBeVisible();
  expect(screen.getByRole('button', { name: t.approve })).toBeDisabled();
  await user.click(screen.getByLabelText(en.operator.account.checks.registry_checked));
  await user.click(screen.getByRole('button', { name: t.approve }));
  await expect.poll(() => screen.queryByText(t.title)).toBeNull();
  expect(calls.filter((c) => c.method === 'POST').map((c) => c.body)).toEqual([
    { change_id: 'c1', registry_checked: true },
  ]);
});

it('keeps the old one with a reason', async () => {
  const calls = stub();
  renderApp('/operator/accounts/a1');
  const user = userEvent.setup({ delay: null });
  const reason = await screen.findByLabelText(t.reason);
  expect(screen.getByRole('button', { name: t.refuse })).toBeDisabled();
  await user.type(reason, 'No');
  await user.click(screen.getByRole('button', { name: t.refuse }));
  expect(await screen.findByText('Too short.')).toBeVisible();
  await user.type(reason, 't in the registry.');
  await user.click(screen.getByRole('button', { name: t.refuse }));
  await expect.poll(() => screen.queryByText(t.title)).toBeNull();
  expect(calls.filter((c) => c.method === 'POST').at(-1)?.body).toEqual({
    change_id: 'c1',
    reason: 'Not in the registry.',
  });
});

it('lists the wish among what waits for a decision', async () => {
  stub();
  renderApp('/operator/applications');
  expect(await screen.findByText(en.operator.applications.namesTitle)).toBeVisible();
  expect(
    screen.getByText(en.operator.applications.nameWanted('Maple Ridge Group Inc.'), { exact: false }),
  ).toBeVisible();
});
