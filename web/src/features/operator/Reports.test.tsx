import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, stubApi } from '../../test/app';

const t = en.operator.reports;

function stub(purgedAt: string | null, verdict = { known: true, sealed: false, past: true }) {
  const report = {
    id: 'r1',
    week_start: '2024-11-18T05:00:00Z',
    week_end: '2024-11-25T05:00:00Z',
    events: 12,
    late: 0,
    head: 'ab',
    chains: 1,
    seals: 12,
    made_at: '2024-11-25T05:05:00Z',
    delivered_at: null,
    alerted_at: '2024-11-26T05:05:00Z',
    kept_until: '2026-11-25T05:00:00Z',
  };
  const file = { id: 'f1', kind: 'csv', part: 1, parts: 1, name: 'week.csv', size: 2048, sha256: 'cd', rows: 12 };
  return stubApi({
    'GET /operator/me': () => ({
      body: { operator: { name: 'Olive', email: 'o@x.example', team: 'support' }, server_time: '2026-11-28T14:00:00Z' },
    }),
    'GET /operator/pause': () => ({ body: { paused_at: null, reason: '' } }),
    'GET /operator/reports': () => ({ body: { items: [report], next_cursor: null } }),
    'GET /operator/reports/r1': () => ({ body: { report, files: [{ ...file, purged_at: purgedAt }], mails: [] } }),
    'POST /operator/reports/check': () => ({
      body: { ...verdict, report_id: 'r1', week_start: report.week_start, file },
    }),
  });
}

async function open() {
  renderApp('/operator/reports');
  await userEvent.click(await screen.findByRole('button', { name: /Open the report of the week/ }));
  return within(await screen.findByRole('dialog'));
}

it('says until when files are kept, and gives them out until then', async () => {
  stub(null);
  const dialog = await open();
  expect(await dialog.findByText(t.keptUntil('Nov 25, 2026'))).toBeVisible();
  expect(dialog.getByRole('link', { name: 'week.csv' })).toBeVisible();
  expect(dialog.getByRole('button', { name: t.resend })).toBeEnabled();
});

it('offers nothing that is gone, and keeps its hash', async () => {
  stub('2026-11-26T03:00:00Z');
  const dialog = await open();
  expect(await dialog.findByText(t.keptWere('Nov 25, 2026'))).toBeVisible();
  expect(dialog.getByText('cd')).toBeVisible();
  expect(dialog.queryByRole('link')).toBeNull();
  expect(dialog.getByRole('button', { name: t.resend })).toBeDisabled();
});

it('tells what cannot be proved any more from what nothing vouches for', async () => {
  stub(null);
  renderApp('/operator/reports');
  await screen.findByText(t.checkTitle);
  const input = document.querySelector<HTMLInputElement>('input[type=file]');
  const file = new File(['x'], 'week.csv', { type: 'text/csv' });
  Object.defineProperty(file, 'arrayBuffer', { value: async () => new Uint8Array([120]) }); // jsdom has none
  await userEvent.upload(input as HTMLInputElement, file);
  expect(await screen.findByText(t.pastText)).toBeVisible();
  expect(screen.queryByText(t.unsealedText)).toBeNull();
});
