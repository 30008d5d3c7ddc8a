import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';
import { campaign } from '../../test/campaign';
import { forecastText } from '../../ui/forecast';

const t = en.campaigns;

const trip = {
  id: 't1',
  rule: 'not_me',
  limit_percent: 2,
  events: 6,
  calls: 100,
  tripped_at: '2026-11-23T14:10:00Z',
  resumed_at: null,
  resumed_by: '',
  reason: '',
  of: ['Zoe Lavoie', 'Bo Chen'].map((name, i) => ({
    attempt_id: `x${i}`,
    recipient_id: `r${i}`,
    name,
    phone_masked: '+1•••••0101',
    call_sid: `CA${i}`,
    at: '2026-11-23T14:09:00Z',
    duration_s: 12,
    error: '',
  })),
};

function stub(c: ReturnType<typeof campaign>, trips: object[] = []) {
  return stubApi({
    'GET /me': () => signedIn(),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /campaigns/c1': () => ({ body: c }),
    'GET /campaigns/c1/recipients': () => ({ body: { items: [], next_cursor: null } }),
    'GET /campaigns/c1/trips': () => ({ body: { items: trips } }),
    'POST /campaigns/c1/resume': () => ({ body: campaign({ updated_at: '2026-11-23T14:20:00Z' }) }),
  });
}

class SilentStream extends EventTarget {
  close() {}
}

beforeEach(() => {
  vi.stubGlobal('EventSource', SilentStream);
});

it('tells by which rule and which calls it paused, and resumes for a reason only', async () => {
  const earlier = { ...trip, id: 't0', rule: 'hung_up', resumed_at: '2026-11-23T14:05:00Z', reason: 'x', of: [] };
  const calls = stub(campaign({ status: 'paused', tripped: ['not_me'] }), [trip, earlier]);
  renderApp('/campaigns/c1');
  expect(await screen.findByText(t.trips.rules.not_me(6, 100, 2))).toBeVisible();
  expect(screen.getByText(t.trips.advice.not_me)).toBeVisible();
  expect(screen.queryByText(t.trips.advice.hung_up)).toBeNull();
  const listed = within(screen.getByRole('list', { name: t.trips.calls }));
  expect(listed.getAllByRole('listitem')).toHaveLength(2);
  expect(listed.getByText(/Zoe Lavoie/)).toBeVisible();
  expect(screen.getByText(t.trips.more(4))).toBeVisible();

  const user = userEvent.setup({ delay: null });
  await user.click(screen.getByRole('button', { name: t.control.resume }));
  const dialog = within(await screen.findByRole('dialog'));
  const go = dialog.getByRole('button', { name: t.control.resume });
  expect(go).toBeDisabled();
  const reason = dialog.getByRole('textbox', { name: t.control.resumeReason });
  await user.type(reason, '   ');
  expect(go).toBeDisabled();
  await user.type(reason, 'Old numbers are out of the list ');
  await user.click(go);
  await waitFor(() =>
    expect(calls.find((c) => c.method === 'POST')?.body).toEqual({ reason: 'Old numbers are out of the list' }),
  );
  await waitFor(() => expect(screen.queryByText(t.trips.title)).toBeNull());
});

it('says when the people who wait will be called', async () => {
  const forecast = {
    people: 100,
    rate_per_minute: 60,
    zones: 2,
    time_zone: 'America/Toronto',
    first_at: '2026-11-23T14:30:00Z',
    today: 96,
    today_done_at: '2026-11-23T14:32:00Z',
    later: 3,
    later_from: '2026-11-24T14:01:00Z',
    never: 1,
    done_at: '2026-11-24T14:01:00Z',
  };
  stub(campaign({ forecast }));
  renderApp('/campaigns/c1');
  expect(await screen.findByText(forecastText(forecast, en))).toBeVisible();
});

it('resumes at a click what somebody paused by hand', async () => {
  const calls = stub(campaign({ status: 'paused', status_reason: 'Paused by Ada' }));
  renderApp('/campaigns/c1');
  await userEvent.setup({ delay: null }).click(await screen.findByRole('button', { name: t.control.resume }));
  await waitFor(() => expect(calls.find((c) => c.method === 'POST')?.path).toBe('/campaigns/c1/resume'));
});

it('tells of a campaign that has ended which rule it crossed, and of no pause', async () => {
  stub(campaign({ status: 'finished', finished_at: '2026-11-23T14:30:00Z', tripped: ['not_me'] }), [trip]);
  renderApp('/campaigns/c1');
  expect(await screen.findByText(t.trips.rules.not_me(6, 100, 2))).toBeVisible();
  expect(screen.queryByText(t.live.pausedNote)).not.toBeInTheDocument();
});

it.each(['expired', 'finished'] as const)('says of a campaign that is %s how it ended', async (status) => {
  stub(campaign({ status, finished_at: '2026-11-23T20:00:00Z' }));
  renderApp('/campaigns/c1');
  const ended = status === 'expired' ? t.live.endedAt : t.live.finishedAt;
  expect(await screen.findByText(new RegExp(`${ended} Mon`))).toBeVisible();
  expect(screen.queryAllByText(new RegExp(t.live.expired))).toHaveLength(status === 'expired' ? 1 : 0);
});
