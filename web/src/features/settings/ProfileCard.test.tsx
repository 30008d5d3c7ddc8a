import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, stubApi } from '../../test/app';

const t = en.settings;

it('changes one’s own name and language, and shows the server’s word about a wrong one', async () => {
  const me = (user: object) => ({
    user: { id: 'u1', email: 'a@x.example', role: 'member', phone: '', phone_verified: true, ...user },
    account: {
      id: 'a1',
      legal_name: 'Maple Ridge Foods Inc.',
      status: 'active',
      time_zone: 'America/Toronto',
      two_person: { above: null, pending: null },
      name_change: null,
    },
    server_time: '2026-11-23T14:00:00Z',
  });
  const calls = stubApi({
    'GET /me': () => ({ body: me({ name: 'Ada', language: 'en' }) }),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /auth/sessions': () => ({ body: { items: [], next_cursor: null } }),
    'PATCH /me': ({ body }) =>
      (body as { name: string }).name === 'Bad'
        ? { status: 422, body: { status: 422, code: 'invalid', errors: [{ location: 'body.name', message: 'No.' }] } }
        : { body: me(body as object) },
  });
  renderApp('/settings');
  const user = userEvent.setup({ delay: null });
  const name = await screen.findByLabelText(t.name);
  const save = within(name.closest('form') as HTMLElement).getByRole('button', { name: t.save });
  await user.clear(name);
  await user.type(name, 'Bad');
  await user.click(save);
  expect(await screen.findByText('No.')).toBeVisible();
  await user.clear(name);
  await user.type(name, 'Ada Byron');
  await user.selectOptions(screen.getByLabelText(en.accept.language), 'fr');
  await user.click(save);
  expect(await screen.findByText(t.saved)).toBeVisible();
  expect((await screen.findAllByText('Ada Byron')).length).toBeGreaterThan(0); // in the frame, at once
  expect(calls.filter((c) => c.method === 'PATCH').map((c) => c.body)).toEqual([
    { name: 'Bad', language: 'en' },
    { name: 'Ada Byron', language: 'fr' },
  ]);
});
