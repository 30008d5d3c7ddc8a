import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, stubApi } from '../../test/app';

const t = en.composer.launch;
const HASH = 'a'.repeat(64);

/** A draft for `callable` people in a company where one person may let 100 ring. */
function stub(callable: number, alone: number, needed: boolean[]) {
  return stubApi({
    'GET /me': () => ({
      body: {
        user: {
          id: 'u1',
          name: 'Ada',
          email: 'a@x.example',
          role: 'owner',
          language: 'en',
          phone: '',
          phone_verified: true,
        },
        account: {
          id: 'a1',
          legal_name: 'Mill',
          spoken_name: 'Mill',
          status: 'active',
          time_zone: 'America/Toronto',
          employee_count: 3,
          two_person: { above: 100, pending: null },
        },
        server_time: '2026-11-23T14:00:00Z',
      },
    }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /employees': () => ({ body: { items: [], next_cursor: null, total: 0 } }),
    'GET /employees/tags': () => ({ body: { items: [] } }),
    'GET /saved-messages': () => ({ body: { items: [], next_cursor: null } }),
    'GET /campaigns/c1': () => ({
      body: {
        id: 'c1',
        name: 'Frost',
        status: 'draft',
        content: {
          purpose: { en: 'the frost' },
          language_default: 'en',
          texts: { en: { message: 'Frost tonight.' } },
          voice: 'female',
          choices: [{ key: 1, label: { en: 'understood' } }],
          voicemail: 'hang_up',
        },
        audience: { kind: 'all' },
        start_wall: '',
        start_zone: 'America/Toronto',
        dial_until_wall: '',
        max_attempts: 2,
        retry_minutes: 30,
        updated_at: '2026-11-23T14:00:00Z',
        tripped: [],
        approval: null,
      },
    }),
    'GET /campaigns/c1/plan': () => ({
      body: {
        plan_hash: HASH,
        total: callable,
        callable,
        skipped: [],
        in_hours_now: callable,
        forecast: {
          people: callable,
          today: callable,
          later: 0,
          never: 0,
          zones: 1,
          time_zone: 'UTC',
          rate_per_minute: 60,
        },
        spoken: { en: ['Frost tonight.'] },
        seconds_per_call: { en: 9 },
        callable_sample: [],
        launched_alone: alone,
        second_person_needed: needed.length > 1 ? needed.shift() : needed[0],
      },
    }),
    'POST /campaigns/c1/launch': () => ({
      status: 409,
      body: { status: 409, code: 'second_person_needed', detail: 'In the last 24 hours you have started enough.' },
    }),
  });
}

it('launches alone what one person may', async () => {
  stub(40, 0, [false]);
  renderApp('/campaigns/c1/edit');
  expect(await screen.findByRole('button', { name: t.now(40) })).toBeEnabled();
});

it('asks a second person for a small campaign that others before it have filled', async () => {
  stub(40, 80, [true]);
  renderApp('/campaigns/c1/edit');
  expect(await screen.findByRole('button', { name: t.ask(40) })).toBeEnabled();
  expect(screen.getByText(t.askHintAddedUp(80, 100))).toBeVisible();
});

it('names the size for a large campaign', async () => {
  stub(140, 80, [true]);
  renderApp('/campaigns/c1/edit');
  expect(await screen.findByRole('button', { name: t.ask(140) })).toBeEnabled();
  expect(screen.getByText(t.askHint(100))).toBeVisible();
});

it('turns to a second person where another campaign was launched meanwhile', async () => {
  stub(40, 80, [false, true]);
  renderApp('/campaigns/c1/edit');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.now(40) }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: t.confirm(40) }));
  const dialog = within(await screen.findByRole('dialog', { name: t.askTitle(40) }));
  expect(dialog.getByText('In the last 24 hours you have started enough.')).toBeVisible();
  expect(dialog.getByRole('button', { name: t.askConfirm })).toBeEnabled();
});
