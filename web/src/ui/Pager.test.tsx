import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { MessagesProvider } from '../messages/context';
import { en } from '../messages/en';
import { Pager } from './Pager';
import { useCursors } from './useCursors';

/** Pages of an API that knows only "next": which cursor follows which, and a list of one page. */
const nextOf: Record<string, string | null> = { first: 'b', b: 'c', c: null, alone: null };

function List({ from, total }: { from: string; total?: string }) {
  const walk = useCursors('');
  const at = walk.cursor ?? from;
  return (
    <>
      <p>at {at}</p>
      <Pager walk={walk} next={nextOf[at]} zone="America/Toronto" total={total} />
    </>
  );
}

function show(from: string, total?: string) {
  render(
    <MantineProvider>
      <MessagesProvider messages={en}>
        <List from={from} total={total} />
      </MessagesProvider>
    </MantineProvider>,
  );
}

it('walks to the last page and back to the first', async () => {
  show('first', '7 people');
  const user = userEvent.setup({ delay: null });
  const next = screen.getByRole('button', { name: en.common.next });
  const previous = screen.getByRole('button', { name: en.common.previous });
  expect(previous).toBeDisabled();
  await user.click(next);
  await user.click(next);
  expect(screen.getByText('at c')).toBeVisible();
  expect(screen.getByText(en.common.page(3))).toBeVisible();
  expect(next).toBeDisabled();
  await user.click(previous);
  expect(screen.getByText('at b')).toBeVisible();
  await user.click(previous);
  expect(screen.getByText('at first')).toBeVisible();
  expect(previous).toBeDisabled();
  expect(screen.getByText(`7 people · ${en.common.timesIn('America/Toronto')}`)).toBeVisible();
});

it('offers no way on where there is one page, and says the zone', () => {
  show('alone');
  expect(screen.getByText(en.common.timesIn('America/Toronto'))).toBeVisible();
  expect(screen.queryByRole('button')).toBeNull();
});
