import { MantineProvider } from '@mantine/core';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it, vi } from 'vitest';
import { MessagesProvider } from '../messages/context';
import { en } from '../messages/en';
import { ReasonDialog } from './ReasonDialog';

function Asked({ word, onConfirm }: { word?: string; onConfirm: (reason: string) => Promise<unknown> }) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpened(true)}>
        Ask
      </button>
      <ReasonDialog
        opened={opened}
        onClose={() => setOpened(false)}
        title="Really?"
        label="Why?"
        word={word}
        confirmLabel="Do it"
        onConfirm={onConfirm}
      />
    </>
  );
}

async function ask(onConfirm: (reason: string) => Promise<unknown>, word?: string) {
  render(
    <MantineProvider>
      <MessagesProvider messages={en}>
        <Asked onConfirm={onConfirm} word={word} />
      </MessagesProvider>
    </MantineProvider>,
  );
  const user = userEvent.setup({ delay: null });
  await user.click(screen.getByRole('button', { name: 'Ask' }));
  await screen.findByRole('dialog', { name: 'Really?' });
  const why = screen.getByRole('textbox', { name: 'Why?' });
  const go = screen.getByRole('button', { name: 'Do it' });
  return { user, why, go };
}

it('acts on words only, and forgets them when it closes', async () => {
  const act = vi.fn(async (_reason: string) => undefined);
  const { user, why, go } = await ask(act);
  expect(go).toBeDisabled();
  await user.type(why, '  ');
  expect(go).toBeDisabled();
  await user.type(why, 'they asked ');
  await user.click(go);
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(act.mock.calls).toEqual([['they asked']]);
  await user.click(screen.getByRole('button', { name: 'Ask' }));
  expect(await screen.findByRole('textbox', { name: 'Why?' })).toHaveValue('');
});

it('shows at the field what the server says about the reason, and keeps what was typed', async () => {
  const problem = { status: 422, code: 'invalid', errors: [{ location: 'body.reason', message: 'At most 200.' }] };
  const { user, why, go } = await ask(() => Promise.reject(problem));
  await user.type(why, 'a long story');
  await user.click(go);
  expect(await screen.findByText('At most 200.')).toBeVisible();
  expect(why).toHaveValue('a long story');
  expect(why).toHaveAttribute('aria-invalid', 'true');
});

it('shows any other refusal above its button, and can be tried again', async () => {
  const act = vi.fn(async (_reason: string): Promise<unknown> => undefined);
  act.mockRejectedValueOnce({ status: 409, code: 'conflict', detail: 'Somebody was faster.' });
  const { user, why, go } = await ask(act);
  await user.type(why, 'because');
  await user.click(go);
  expect(await screen.findByRole('alert')).toHaveTextContent('Somebody was faster.');
  await user.click(go);
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(act).toHaveBeenCalledTimes(2);
});

it('asks for the word as well where there is one', async () => {
  const { user, why, go } = await ask(async () => undefined, 'PAUSE');
  await user.type(why, 'an outage');
  expect(go).toBeDisabled();
  await user.type(screen.getByRole('textbox', { name: en.common.typeToConfirm('PAUSE') }), 'PAUSE');
  expect(go).toBeEnabled();
});
