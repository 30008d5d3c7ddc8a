import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';
import { progress } from '../../test/campaign';
import { forecastText } from '../../ui/forecast';
import { formatTime } from '../../ui/time';

const t = en.campaigns.approval;
const HASH = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

const campaign = (approval: object, status = 'draft') => ({
  id: 'c1',
  name: 'Frost',
  status,
  status_reason: '',
  tripped: [],
  content: { purpose: {}, texts: {}, choices: [] },
  audience: { kind: 'all' },
  start_at: null,
  started_at: null,
  finished_at: null,
  updated_at: '2026-11-23T14:00:00Z',
  manifest_total: 0,
  manifest_hash: '',
  progress: progress(),
  approval: {
    state: 'waiting',
    reason: '',
    plan_hash: HASH,
    callable: 60,
    total: 72,
    asked_by: 'u1',
    asked_by_name: 'Ada',
    asked_at: '2026-11-23T13:55:00Z',
    decided_by_name: '',
    decided_at: null,
    ...approval,
  },
});

const forecast = {
  people: 60,
  rate_per_minute: 60,
  zones: 1,
  time_zone: 'America/Toronto',
  first_at: '2026-11-23T14:01:00Z',
  today: 60,
  today_done_at: '2026-11-23T14:02:00Z',
  later: 0,
  later_from: null,
  never: 0,
  done_at: '2026-11-23T14:02:00Z',
};

function stub(role: string, approval: object, plan = HASH, id = 'u2') {
  return stubApi({
    'GET /me': () => signedIn({ user: { id, role }, account: { two_person: { above: 1, pending: null } } }),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /campaigns/c1': () => ({ body: campaign(approval) }),
    'GET /campaigns/c1/plan': () => ({
      body: { plan_hash: plan, total: 72, callable: 60, skipped: [], spoken: { en: ['Frost tonight.'] }, forecast },
    }),
    'POST /campaigns/c1/approval': () => ({ status: 201, body: campaign({ plan_hash: plan }) }),
    'POST /campaigns/c1/approval/approve': () => ({
      status: 409,
      body: { status: 409, code: 'approval_void', detail: 'People or texts have changed.' },
    }),
    'POST /campaigns/c1/approval/refuse': () => ({ body: campaign({ state: 'refused', reason: 'Not at night.' }) }),
  });
}

it('shows another owner who asked, the plan and the words, and approves exactly that plan', async () => {
  const calls = stub('owner', {});
  renderApp('/campaigns/c1');
  expect(
    await screen.findByText(
      t.asked('Ada', `${formatTime('2026-11-23T13:55:00Z', 'America/Toronto', 'en-CA')} America/Toronto`),
    ),
  ).toBeVisible();
  expect(await screen.findByText(t.sentence(60, 12))).toBeVisible();
  expect(screen.getByText(forecastText(forecast, en))).toBeVisible();
  expect(screen.getByText('Frost tonight.')).toBeVisible();
  const user = userEvent.setup({ delay: null });
  await user.click(screen.getByRole('button', { name: t.approve(60) }));
  const dialog = await screen.findByRole('dialog');
  const yes = within(dialog).getByRole('button', { name: t.approve(60) });
  expect(yes).toBeDisabled();
  await user.type(within(dialog).getByLabelText(en.common.typeToConfirm('60')), '60');
  await user.click(yes);
  expect(await screen.findByText('People or texts have changed.')).toBeVisible();
  expect(calls.find((c) => c.path.endsWith('/approve'))?.body).toEqual({ plan_hash: HASH });
});

it('refuses with a reason', async () => {
  const calls = stub('owner', {});
  renderApp('/campaigns/c1');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.refuse }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByRole('textbox'), 'Not at night.');
  await user.click(within(dialog).getByRole('button', { name: t.refuse }));
  expect(await screen.findByText(/Not at night\./)).toBeVisible();
  expect(calls.find((c) => c.path.endsWith('/refuse'))?.body).toEqual({ reason: 'Not at night.' });
});

it('lets neither who asked nor a member decide', async () => {
  stub('owner', {}, HASH, 'u1');
  renderApp('/campaigns/c1');
  expect(await screen.findByText(t.yours)).toBeVisible();
  expect(screen.getByRole('button', { name: t.withdraw })).toBeVisible();
  expect(screen.queryByRole('button', { name: t.approve(60) })).toBeNull();
});

it('tells a member that an owner decides', async () => {
  stub('member', {});
  renderApp('/campaigns/c1');
  expect(await screen.findByText(t.forOwners)).toBeVisible();
  expect(screen.queryByRole('button', { name: t.approve(60) })).toBeNull();
});

it('offers nothing to approve when the plan is another by now, and asks for the new one', async () => {
  const calls = stub('owner', {}, OTHER);
  renderApp('/campaigns/c1');
  expect(await screen.findByText(t.staleTitle)).toBeVisible();
  expect(screen.queryByRole('button', { name: t.approve(60) })).toBeNull();
  await userEvent.setup({ delay: null }).click(screen.getByRole('button', { name: t.again }));
  expect(await screen.findByText(t.askedAgain)).toBeVisible();
  expect(calls.find((c) => c.method === 'POST')?.body).toEqual({ plan_hash: OTHER });
});

it('says why a request ended', async () => {
  stub('owner', { state: 'void', reason: 'edited', decided_by_name: 'Ada' });
  renderApp('/campaigns/c1');
  expect(await screen.findByText(t.ends.void)).toBeVisible();
  expect(screen.getByText(new RegExp(t.voids.edited as string))).toBeVisible();
});
