import { QueryClientProvider } from '@tanstack/react-query';
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { newQueryClient } from '../api/queries';
import { useMessages } from '../messages/context';
import { en } from '../messages/en';
import { fr } from '../messages/fr';
import { firstLanguage, keepLanguage, loadMessages } from '../messages/language';
import { renderApp, signedIn, stubApi } from '../test/app';
import { formatTime } from '../ui/time';
import { LanguageProvider, useSpeak } from './language';

beforeEach(() => {
  localStorage.clear();
  document.documentElement.lang = '';
});

it.each([
  [['fr-CA', 'en-CA'], null, 'fr'],
  [['de-DE', 'fr', 'en'], null, 'fr'],
  [['en-US', 'fr-CA'], null, 'en'],
  [['FR-ca'], null, 'fr'],
  [['fro', 'de'], null, 'en'],
  [[], null, 'en'],
  [['fr-CA'], 'en', 'en'],
  [['en-CA'], 'fr', 'fr'],
  [['fr-CA'], 'de', 'fr'],
])('begins for a browser of %j that kept %j in %s', (languages, kept, language) => {
  vi.stubGlobal('navigator', { languages });
  if (kept) localStorage.setItem('callshu-language', kept);
  expect(firstLanguage()).toBe(language);
});

it('goes by the browser where nothing can be kept', () => {
  vi.stubGlobal('navigator', { languages: ['fr-CA'] });
  vi.stubGlobal('localStorage', {
    getItem: () => {
      throw new DOMException('denied', 'SecurityError');
    },
    setItem: () => {
      throw new DOMException('denied', 'SecurityError');
    },
  });
  keepLanguage('en');
  expect(firstLanguage()).toBe('fr');
});

it('turns a public page into the other language and back, and keeps the choice', async () => {
  stubApi({});
  renderApp('/login');
  const user = userEvent.setup({ delay: null });
  expect(await screen.findByRole('heading', { name: en.public.login.title })).toBeVisible();
  expect(document.documentElement.lang).toBe('en');
  await user.click(screen.getAllByRole('button', { name: 'Français' })[0] as HTMLElement);
  expect(await screen.findByRole('heading', { name: fr.public.login.title })).toBeVisible();
  expect(document.documentElement.lang).toBe('fr');
  expect(document.title).toContain(fr.public.login.title);
  expect(firstLanguage()).toBe('fr');
  await user.click(screen.getAllByRole('button', { name: 'English' })[0] as HTMLElement);
  expect(await screen.findByRole('heading', { name: en.public.login.title })).toBeVisible();
  expect(firstLanguage()).toBe('en');
});

const settings = (answer: { body: object }) => ({
  'GET /me': () => answer,
  'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
  'GET /inbox/count': () => ({ body: { open: 0 } }),
  'GET /auth/sessions': () => ({ body: { items: [], next_cursor: null } }),
});

it('speaks the language of whoever signs in, and keeps it for the next visit', async () => {
  stubApi(settings(signedIn({ user: { language: 'fr' } })));
  renderApp('/inbox');
  expect(await screen.findByRole('heading', { name: fr.inbox.title })).toBeVisible();
  expect(document.documentElement.lang).toBe('fr');
  expect(firstLanguage()).toBe('fr');
});

it('does not change the language of a user who is French where the browser was English before', async () => {
  keepLanguage('en');
  const calls = stubApi(settings(signedIn({ user: { language: 'fr' } })));
  renderApp('/inbox');
  expect(await screen.findByRole('heading', { name: fr.inbox.title })).toBeVisible();
  expect(calls.filter((c) => c.method === 'PATCH')).toEqual([]);
});

/** Without layout the menu counts as out of sight. */
const languageItem = (name: string) => screen.findByRole('menuitemradio', { name, hidden: true });

it('changes the user’s own language from the menu', async () => {
  const calls = stubApi({
    ...settings(signedIn()),
    'PATCH /me': ({ body }) => signedIn({ user: body as object }),
  });
  renderApp('/settings');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: new RegExp(`^${en.common.account}`) }));
  const french = await languageItem('Français');
  expect(french).toHaveAttribute('aria-checked', 'false');
  expect(await languageItem('English')).toHaveAttribute('aria-checked', 'true');
  await user.click(french);
  expect(await screen.findByRole('heading', { name: fr.settings.title })).toBeVisible();
  expect(calls.filter((c) => c.method === 'PATCH')).toEqual([
    { method: 'PATCH', path: '/me', body: { language: 'fr' } },
  ]);
  expect(screen.getByLabelText(fr.accept.language)).toHaveValue('fr');
});

it('stays in its language and says so when the server refuses the change', async () => {
  stubApi({
    ...settings(signedIn()),
    'PATCH /me': () => ({ status: 409, body: { status: 409, code: 'conflict', detail: 'Not at this moment.' } }),
  });
  renderApp('/inbox');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByRole('button', { name: new RegExp(`^${en.common.account}`) }));
  await user.click(await languageItem('Français'));
  expect(await screen.findByText('Not at this moment.')).toBeVisible();
  await waitFor(() => expect(document.documentElement.lang).toBe('en'));
  expect(firstLanguage()).toBe('en');
});

function ChangesTheirMind() {
  const speak = useSpeak();
  const change = () => {
    speak('fr');
    speak('en');
  };
  return (
    <button type="button" onClick={change}>
      {useMessages().common.save}
    </button>
  );
}

it('ends in the language that was chosen last, whichever arrives last', async () => {
  render(
    <QueryClientProvider client={newQueryClient(() => undefined)}>
      <LanguageProvider first={en}>
        <ChangesTheirMind />
      </LanguageProvider>
    </QueryClientProvider>,
  );
  await userEvent.click(screen.getByRole('button'));
  await act(() => loadMessages('fr'));
  expect(screen.getByRole('button', { name: en.common.save })).toBeVisible();
  expect(firstLanguage()).toBe('en');
});

it('writes numbers and times as French does', () => {
  expect(fr.common.number(12345)).toBe('12\u00a0345');
  expect(fr.employees.total(0)).toBe('0 personne');
  expect(formatTime('2026-11-23T14:05:00Z', 'America/Toronto', fr.common.locale)).toBe('lun. 23 nov. 2026, 09 h 05');
  expect(fr.users.endTitle('Ada')).toBe('Retirer l’accès d’Ada?');
  expect(fr.users.endTitle('Dan')).toBe('Retirer l’accès de Dan?');
});
