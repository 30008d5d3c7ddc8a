import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it, vi } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';

const t = en.saved;

const content = {
  purpose: { en: 'the frost' },
  language_default: 'en',
  texts: { en: { message: 'Frost tonight.' } },
  voice: 'male',
  choices: [{ key: 2, label: { en: 'you can come' } }],
  voicemail: 'hang_up',
};

const message = (name = 'Frost') => ({
  id: 's1',
  name,
  content,
  created_at: '2026-11-20T14:00:00Z',
  updated_at: '2026-11-20T14:00:00Z',
  updated_by_name: 'Ada',
});

function stub(items: object[]) {
  return stubApi({
    'GET /me': () => signedIn(),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /saved-messages': () => ({ body: { items, next_cursor: null } }),
    'PATCH /saved-messages/s1': ({ body }) =>
      (body as { name?: string }).name === 'Taken'
        ? {
            status: 422,
            body: {
              status: 422,
              code: 'invalid',
              errors: [{ location: 'body.name', code: 'duplicate', message: 'Taken.' }],
            },
          }
        : { body: message('Thaw') },
    'POST /saved-messages': () => ({ status: 201, body: message() }),
    'DELETE /saved-messages/s1': () => ({ status: 204 }),
  });
}

it('says how to get a first one', async () => {
  stub([]);
  renderApp('/saved-messages');
  expect(await screen.findByText(t.noneTitle)).toBeVisible();
  // The page belongs to the campaigns.
  expect(screen.getByRole('link', { name: en.shell.nav.campaigns })).toHaveAttribute('aria-current', 'page');
});

it('renames, and shows the server’s word about a name that is taken', async () => {
  const calls = stub([message()]);
  renderApp('/saved-messages');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.renameNamed('Frost') }));
  const dialog = await screen.findByRole('dialog');
  const name = within(dialog).getByLabelText(t.name);
  await user.clear(name);
  await user.type(name, 'Taken{Enter}');
  expect(await within(dialog).findByText('Taken.')).toBeVisible();
  await user.clear(name);
  await user.type(name, 'Thaw{Enter}');
  expect(await screen.findByText(t.renamed)).toBeVisible();
  expect(calls.filter((c) => c.method === 'PATCH').map((c) => c.body)).toEqual([{ name: 'Taken' }, { name: 'Thaw' }]);
});

it('deletes at once, and keeps the same message again when that is undone', async () => {
  const calls = stub([message()]);
  renderApp('/saved-messages');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.deleteNamed('Frost') }));
  expect(await screen.findByText(t.deleted('Frost'))).toBeVisible();
  await user.click(screen.getByRole('button', { name: en.common.undo }));
  await expect
    .poll(() => calls.filter((c) => c.method !== 'GET').map((c) => [c.method, c.body]))
    .toEqual([
      ['DELETE', undefined],
      ['POST', { name: 'Frost', content }],
    ]);
});

afterEach(() => vi.useRealTimers());

it('offers the way back for as long as the page is open, and no longer', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  stub([message()]);
  renderApp('/saved-messages');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: t.deleteNamed('Frost') }));
  await screen.findByText(t.deleted('Frost'));
  await act(() => vi.advanceTimersByTimeAsync(3_600_000));
  expect(screen.getByRole('button', { name: en.common.undo })).toBeVisible();
  await user.click(screen.getByRole('link', { name: en.shell.nav.campaigns }));
  await waitFor(() => expect(screen.queryByText(t.deleted('Frost'))).toBeNull());
});

it('opens a new campaign with its words, which can be kept under the name again', async () => {
  const calls = stub([message()]);
  renderApp('/saved-messages');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('link', { name: t.withNamed('Frost') }));
  const words = await screen.findByLabelText(en.composer.message);
  expect(words).toHaveValue('Frost tonight.');
  await user.type(words, ' Bring a coat.');
  await user.click(screen.getByRole('button', { name: en.composer.saved.keep }));
  const dialog = await screen.findByRole('dialog');
  await user.type(within(dialog).getByLabelText(en.composer.saved.name), 'fROST');
  await user.click(within(dialog).getByRole('button', { name: en.composer.saved.replace }));
  expect(await screen.findByText(en.composer.saved.kept)).toBeVisible();
  expect(calls.find((c) => c.method === 'PATCH')?.body).toMatchObject({
    content: { texts: { en: { message: 'Frost tonight. Bring a coat.' } }, voice: 'male', choices: content.choices },
  });
});

it('starts a draft from a saved message, and gives back what was there', async () => {
  stub([message()]);
  renderApp('/campaigns/new/edit');
  const user = userEvent.setup({ delay: null });
  const words = await screen.findByLabelText(en.composer.message);
  await user.type(words, 'Mine.');
  await user.click((await screen.findAllByLabelText(en.composer.saved.start))[0] as HTMLElement);
  await user.click(await screen.findByRole('option', { name: 'Frost', hidden: true }));
  expect(screen.getByLabelText(en.composer.message)).toHaveValue('Frost tonight.');
  await user.click(await screen.findByRole('button', { name: en.common.undo }));
  expect(screen.getByLabelText(en.composer.message)).toHaveValue('Mine.');
});

it('takes the way back away once the words are changed: it would take them with it', async () => {
  stub([message()]);
  renderApp('/campaigns/new/edit');
  const user = userEvent.setup({ delay: null });
  const words = await screen.findByLabelText(en.composer.message);
  await user.click((await screen.findAllByLabelText(en.composer.saved.start))[0] as HTMLElement);
  await user.click(await screen.findByRole('option', { name: 'Frost', hidden: true }));
  expect(await screen.findByRole('button', { name: en.common.undo })).toBeVisible();
  await user.type(words, ' Bring a coat.');
  await waitFor(() => expect(screen.queryByRole('button', { name: en.common.undo })).toBeNull());
  expect(words).toHaveValue('Frost tonight. Bring a coat.');
});
