import { MantineProvider } from '@mantine/core';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  RouterProvider,
} from '@tanstack/react-router';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { SearchInput } from './SearchInput';

/** A list with a search, and a page that takes a while to come. */
function pages(onChange: (value: string | undefined) => void) {
  const root = createRootRoute();
  const list = createRoute({
    getParentRoute: () => root,
    path: '/',
    component: () => (
      <>
        <SearchInput label="Search a name" value={undefined} onChange={onChange} />
        <Link to="/home">Zoe</Link>
      </>
    ),
  });
  const person = createRoute({
    getParentRoute: () => root,
    path: '/home',
    loader: () => new Promise<void>((resolve) => setTimeout(resolve, 800)),
    component: () => <h1>Zoe</h1>,
  });
  const router = createRouter({ routeTree: root.addChildren([list, person]), history: createMemoryHistory() });
  render(
    <MantineProvider>
      <RouterProvider router={router as never} />
    </MantineProvider>,
  );
}

it('asks once typing has paused', async () => {
  const asked = vi.fn();
  pages(asked);
  await userEvent.type(await screen.findByLabelText('Search a name'), 'zo');
  await waitFor(() => expect(asked).toHaveBeenCalledWith('zo'));
  expect(asked).toHaveBeenCalledTimes(1);
});

it('fetches nobody back who has followed a link meanwhile', async () => {
  const asked = vi.fn();
  pages(asked);
  await userEvent.type(await screen.findByLabelText('Search a name'), 'zo');
  await userEvent.click(screen.getByRole('link'));
  expect(await screen.findByRole('heading', { name: 'Zoe' }, { timeout: 5_000 })).toBeVisible();
  expect(asked).not.toHaveBeenCalled();
});
