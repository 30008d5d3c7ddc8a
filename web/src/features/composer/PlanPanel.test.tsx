import { fireEvent, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';

const t = en.composer;

it('does not go on loading a plan for a draft that was refused before it had one', async () => {
  stubApi({
    'GET /me': () => signedIn(),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /campaigns': () => ({ body: { items: [], next_cursor: null } }),
    'GET /saved-messages': () => ({ body: { items: [], next_cursor: null } }),
    'POST /campaigns': () => ({
      status: 422,
      body: {
        status: 422,
        code: 'invalid',
        errors: [{ location: 'body.content.texts.en.message', message: 'There is no {{nickname}}.' }],
      },
    }),
  });
  renderApp('/campaigns/new/edit');
  const write = (label: string | RegExp, value: string) =>
    fireEvent.change(screen.getByLabelText(label), { target: { value } });
  await screen.findByLabelText(t.name);
  write(t.name, 'Frost');
  write(t.purpose, 'the frost');
  write(t.message, 'Dear {{nickname}}, frost tonight.');
  write(/^Key 1: Answer/, 'understood');
  expect(await screen.findByText('There is no {{nickname}}.')).toBeVisible();
  expect(await screen.findByText(t.plan.refused)).toBeVisible();
});
