import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Campaign } from '../../api/types';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';
import { campaign } from '../../test/campaign';

const t = en.campaigns.attention;

class SilentStream extends EventTarget {
  close() {}
}

beforeEach(() => {
  vi.stubGlobal('EventSource', SilentStream);
});

const base = campaign();
const content: Campaign['content'] = {
  purpose: { en: 'x' },
  language_default: 'en',
  texts: {},
  voice: 'female',
  voicemail: 'leave',
  choices: [
    { key: 1, label: { en: 'all is well' } },
    { key: 2, label: { en: 'come and get me' }, needs_help: true },
  ],
};
const asking = campaign({
  content,
  progress: { ...base.progress, answers: { '1': 50, '2': 3 }, no_answer: 8, busy: 2, failed: 1, cancelled: 4 },
});

function stub(c: ReturnType<typeof campaign>) {
  return stubApi({
    'GET /me': () => signedIn(),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /campaigns/c1': () => ({ body: c }),
    'GET /campaigns/c1/recipients': () => ({ body: { items: [], next_cursor: null } }),
    'POST /campaigns/c1/follow-up': () => ({ status: 201, body: { ...c, id: 'c2', status: 'draft' } }),
  });
}

it('counts who needs help, whom nobody reached and who said nothing, and opens their list', async () => {
  stub(asking);
  const { router } = renderApp('/campaigns/c1');
  const card = within(await screen.findByRole('region', { name: t.title }));
  const user = userEvent.setup({ delay: null });
  expect(card.getByRole('button', { name: `3 ${t.groups.needs_help}` })).toBeEnabled();
  expect(card.getByRole('button', { name: `40 ${t.groups.no_key}` })).toBeEnabled();
  await user.click(card.getByRole('button', { name: `15 ${t.groups.not_reached}` }));
  await waitFor(() => expect(router.state.location.search).toEqual({ attention: 'not_reached' }));
});

it('writes a follow-up for the groups that are ticked', async () => {
  const calls = stub(asking);
  renderApp('/campaigns/c1');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.followUp }));
  const dialog = within(await screen.findByRole('dialog'));
  expect(dialog.getByRole('button', { name: t.make(18) })).toBeEnabled();
  await user.click(dialog.getByRole('checkbox', { name: t.groupOf(t.groups.not_reached, 15) }));
  await user.click(dialog.getByRole('checkbox', { name: t.groupOf(t.groups.no_key, 40) }));
  await user.click(dialog.getByRole('button', { name: t.make(43) }));
  await waitFor(() =>
    expect(calls.find((c) => c.path === '/campaigns/c1/follow-up')?.body).toEqual({
      groups: ['needs_help', 'no_key'],
    }),
  );
});

it('says so where nobody needs anybody, and offers nothing', async () => {
  stub(campaign({ progress: { ...base.progress, answered_no_key: 0, answered: 100 } }));
  renderApp('/campaigns/c1');
  expect(await screen.findByText(t.nobody)).toBeVisible();
  expect(screen.queryByRole('button', { name: t.followUp })).toBeNull();
});

it('gives the file the filters of the page, to owners', async () => {
  stubApi({
    'GET /me': () => signedIn({ user: { role: 'owner' } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /campaigns/c1': () => ({ body: asking }),
    'GET /campaigns/c1/recipients': () => ({ body: { items: [], next_cursor: null } }),
  });
  renderApp('/campaigns/c1?attention=needs_help&answer=2');
  const link = await screen.findByRole('link', { name: en.campaigns.roster.csvOfThese });
  const query = new URL(link.getAttribute('href') ?? '', 'https://x.example').searchParams;
  expect(Object.fromEntries(query)).toEqual({ format: 'csv', attention: 'needs_help', answer: '2' });
});
