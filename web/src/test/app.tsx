import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import { vi } from 'vitest';
import { newQueryClient } from '../api/queries';
import type { Messages } from '../messages/context';
import { en } from '../messages/en';
import { newRouter } from '../router';
import { LanguageProvider } from '../session/language';

export interface Call {
  method: string;
  path: string;
  body: unknown;
}

type Answer = { status?: number; body?: unknown } | undefined;

/** Answers the API's calls by "METHOD /path"; whatever is not listed gets 401. Returns the calls made. */
export function stubApi(answers: Record<string, (call: Call) => Answer>): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const path = new URL(request.url).pathname.replace('/api/v1', '');
    const text = await request.text();
    const call = { method: request.method, path, body: text ? JSON.parse(text) : undefined };
    calls.push(call);
    const answer = answers[`${call.method} ${path}`]?.(call) ?? {
      status: 401,
      body: { status: 401, code: 'unauthenticated' },
    };
    const status = answer.status ?? 200;
    return new Response(status === 204 ? null : JSON.stringify(answer.body ?? {}), {
      status,
      headers: { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json' },
    });
  });
  return calls;
}

/** The answer to `GET /me` of somebody who is signed in, and what the test needs otherwise. */
export function signedIn(changes: { user?: object; account?: object } = {}): { body: object } {
  return {
    body: {
      user: {
        id: 'u1',
        name: 'Renée',
        email: 'r@x.example',
        role: 'member',
        language: 'en',
        phone: '',
        phone_verified: true,
        ...changes.user,
      },
      account: {
        id: 'a1',
        legal_name: 'Maple Ridge Foods Inc.',
        status: 'active',
        time_zone: 'America/Toronto',
        employee_count: 3,
        two_person: { above: null, pending: null },
        ...changes.account,
      },
      server_time: '2026-11-23T14:00:00Z',
    },
  };
}

/** The whole application at an address, with its real routes. */
export function renderApp(path: string, messages: Messages = en) {
  const queries = newQueryClient(() => undefined);
  queries.setDefaultOptions({ queries: { retry: false } });
  const router = newRouter(queries, createMemoryHistory({ initialEntries: [path] }));
  render(
    <QueryClientProvider client={queries}>
      <LanguageProvider first={messages}>
        <RouterProvider router={router} />
      </LanguageProvider>
    </QueryClientProvider>,
  );
  return { router, queries };
}
