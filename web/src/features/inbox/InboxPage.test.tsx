import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';

const t = en.inbox;

const text = (changes: object = {}) => ({
  id: 't1',
  received_at: '2026-11-23T13:00:00Z',
  text: '<img src=x onerror=alert(1)> who is this?',
  word: 'unknown',
  phone_masked: '+1•••••0101',
  employee_id: 'e1',
  employee_name: 'Zoe Lavoie',
  consent: 'opted_in',
  since: null,
  resolved_at: null,
  resolution: null,
  resolved_by_name: '',
  note: '',
  ...changes,
});

function stub(items: object[], answer: { status?: number; body?: unknown } = { body: text() }) {
  return stubApi({
    'GET /me': () => signedIn(),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox': () => ({ body: { items, next_cursor: null, total: items.length } }),
    'GET /inbox/count': () => ({ body: { open: items.length } }),
    'POST /inbox/t1/resolve': () => answer,
  });
}

it('shows the words as they were written, who wrote them, and how many wait', async () => {
  stub([text(), text({ id: 't2', employee_id: null, employee_name: '' })]);
  renderApp('/inbox');
  expect(await screen.findAllByText('<img src=x onerror=alert(1)> who is this?')).toHaveLength(2);
  expect(screen.getByRole('link', { name: t.open('Zoe Lavoie') })).toHaveAttribute('href', '/employees?open=e1');
  expect(screen.getByText(t.gone)).toBeVisible();
  expect(await screen.findByRole('link', { name: new RegExp(`^Inbox.*${t.waiting(2)}$`) })).toBeVisible();
});

it('takes an opt-out only after the word is typed, and says that it stays', async () => {
  const calls = stub([text()]);
  renderApp('/inbox');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.optOutOf('Zoe Lavoie') }));
  const dialog = await screen.findByRole('dialog');
  expect(within(dialog).getByText(t.optOutFinal)).toBeVisible();
  const stop = within(dialog).getByRole('button', { name: t.optOut });
  expect(stop).toBeDisabled();
  const word = within(dialog).getByLabelText(en.common.typeToConfirm(t.optOutWord));
  await user.type(word, 'stop{Enter}');
  expect(stop).toBeDisabled();
  expect(calls.filter((c) => c.method === 'POST')).toEqual([]);
  await user.clear(word);
  await user.type(word, 'STOP');
  await user.type(within(dialog).getByLabelText(t.note), 'she left');
  await user.click(stop);
  await waitFor(() =>
    expect(calls.find((c) => c.method === 'POST')).toMatchObject({
      path: '/inbox/t1/resolve',
      body: { action: 'opt_out', note: 'she left' },
    }),
  );
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('says so when a colleague was faster, and looks again', async () => {
  const calls = stub([text()], {
    status: 409,
    body: { status: 409, code: 'already_resolved', detail: 'This text has been dealt with already.' },
  });
  renderApp('/inbox');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.noActionOf('Zoe Lavoie') }));
  const before = calls.filter((c) => c.path === '/inbox').length;
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: t.noAction }));
  expect(await screen.findByText('This text has been dealt with already.')).toBeVisible();
  await waitFor(() => expect(calls.filter((c) => c.path === '/inbox').length).toBeGreaterThan(before));
});

it('tells no text from no match', async () => {
  stub([]);
  const { router } = renderApp('/inbox');
  expect(await screen.findByText(t.noneTitle)).toBeVisible();
  await router.navigate({ to: '/inbox', search: { search: 'zzz' } });
  expect(await screen.findByText(t.noMatchTitle)).toBeVisible();
  await userEvent.setup({ delay: null }).click(screen.getByRole('button', { name: en.common.clearFilters }));
  await waitFor(() => expect(router.state.location.search).toEqual({}));
  await router.navigate({ to: '/inbox', search: { state: 'done' } });
  expect(await screen.findByText(t.noneDoneTitle)).toBeVisible();
});

it('shows what became of a text', async () => {
  stub([
    text({
      consent: 'opted_out',
      since: { kind: 'opted_out', channel: 'employer', at: '2026-11-23T13:30:00Z' },
      resolution: 'opt_out',
      resolved_at: '2026-11-23T13:30:00Z',
      resolved_by_name: 'Ada',
      note: 'she left',
    }),
  ]);
  renderApp('/inbox?state=done');
  expect(await screen.findByText(t.resolutions.opt_out)).toBeVisible();
  expect(screen.getByText('she left')).toBeVisible();
  expect(screen.queryByRole('button', { name: t.optOutOf('Zoe Lavoie') })).toBeNull();
});
