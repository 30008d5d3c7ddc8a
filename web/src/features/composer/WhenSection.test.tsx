import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';

const t = en.composer;

/** A draft with a deadline, as the API gives it; every save is refused for that deadline. */
function stub(refuse: boolean) {
  const draft = {
    id: 'c1',
    name: 'Plant closed',
    status: 'draft',
    content: {
      purpose: { en: 'tomorrow’s shift' },
      language_default: 'en',
      texts: { en: { message: 'The plant is closed.' } },
      voice: 'female',
      choices: [{ key: 1, label: { en: 'you have understood' } }],
      voicemail: 'no_answer',
    },
    audience: { kind: 'all' },
    start_wall: '',
    start_zone: 'America/Vancouver',
    dial_until_wall: '2026-11-24T17:45',
    max_attempts: 2,
    retry_minutes: 30,
  };
  return stubApi({
    'GET /me': () => signedIn(),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /campaigns/c1': () => ({ body: draft }),
    'PATCH /campaigns/c1': () =>
      refuse
        ? {
            status: 422,
            body: {
              status: 422,
              code: 'invalid',
              errors: [
                {
                  location: 'body.dial_until_wall',
                  code: 'skipped_time',
                  message: 'The clocks skip this time on that day.',
                },
              ],
            },
          }
        : { body: draft },
  });
}

it('shows the deadline with its zone, changes it and takes it away', async () => {
  const calls = stub(false);
  renderApp('/campaigns/c1/edit');
  const user = userEvent.setup({ delay: null });
  const until = await screen.findByRole('checkbox', { name: t.until });
  expect(until).toBeChecked();
  expect(screen.getByLabelText(t.zone, { selector: 'input' })).toHaveValue('America/Vancouver');
  expect(screen.getByRole('radio', { name: t.voicemail.no_answer })).toBeChecked();
  const minutes = screen.getByLabelText(t.untilLabels.minutesInput);
  expect(minutes).toHaveValue('45');
  await user.click(minutes);
  await user.keyboard('30');
  const saved = () => calls.filter((c) => c.method === 'PATCH').map((c) => c.body);
  await waitFor(() => expect(saved().at(-1)).toMatchObject({ dial_until_wall: '2026-11-24T17:30' }));
  await user.click(until);
  await waitFor(() => expect(saved().at(-1)).not.toHaveProperty('dial_until_wall'));
  expect(screen.queryByLabelText(t.untilLabels.minutesInput)).toBeNull();
});

it('shows at the deadline what the server says about it', async () => {
  stub(true);
  renderApp('/campaigns/c1/edit');
  const user = userEvent.setup({ delay: null });
  await user.click(await screen.findByLabelText(t.untilLabels.minutesInput));
  await user.keyboard('30');
  expect(await screen.findByText('The clocks skip this time on that day.')).toBeVisible();
});
