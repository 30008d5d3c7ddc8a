import { screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { en } from '../messages/en';
import { renderApp, signedIn, stubApi } from '../test/app';

const me = (status: string) =>
  signedIn({
    user: { role: 'owner' },
    account: {
      status,
      status_reason: 'The registry number is not yours.',
      decide_by: '2026-11-25T17:00:00Z',
    },
  });

it('sends a stranger to the sign-in, and remembers where they were going', async () => {
  stubApi({});
  const { router } = renderApp('/employees?tag=plant');
  await screen.findByRole('heading', { name: en.public.login.title });
  expect(router.state.location.search).toMatchObject({ next: '/employees?tag=plant' });
});

it('tells an employer under review what happens next and by when', async () => {
  stubApi({ 'GET /me': () => me('pending_review') });
  const { router } = renderApp('/home');
  await screen.findByRole('heading', { name: en.waiting.pending.title });
  expect(router.state.location.pathname).toBe('/waiting');
  expect(screen.getByText(/Answer by .*Nov 25, 2026, 12:00 America\/Toronto/)).toBeVisible();
});

it('tells a rejected employer why', async () => {
  stubApi({ 'GET /me': () => me('rejected') });
  renderApp('/home');
  expect(await screen.findByText('The registry number is not yours.')).toBeVisible();
});

it('leads an approved employer away from the waiting page', async () => {
  stubApi({ 'GET /me': () => me('active') });
  const { router } = renderApp('/waiting');
  await waitFor(() => expect(router.state.location.pathname).toBe('/home'));
});

it('keeps the operators’ console for operators', async () => {
  stubApi({ 'GET /me': () => me('active') });
  const { router } = renderApp('/operator/accounts');
  await screen.findByLabelText(en.operator.login.totp);
  expect(router.state.location.pathname).toBe('/operator/login');
});
