import './nonce';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { Problem } from './api/problem';
import { newQueryClient } from './api/queries';
import type { Messages } from './messages/context';
import { en } from './messages/en';
import { firstLanguage, loadMessages } from './messages/language';
import { newRouter } from './router';
import { LanguageProvider } from './session/language';

const queries = newQueryClient(onRefused);
const router = newRouter(queries);

/** A session that ended, or an account whose standing changed, is noticed by whichever request meets it first. */
function onRefused(problem: Problem): void {
  const { pathname, href } = router.state.location;
  if (problem.status === 401 && problem.code === 'unauthenticated') {
    const signIn = pathname.startsWith('/operator') ? '/operator/login' : '/login';
    if (pathname === signIn || !isGuarded(pathname)) return;
    queries.clear();
    void router.navigate({ to: signIn, search: { next: href, note: 'ended' } });
  }
  if (problem.status === 403 && problem.code.startsWith('account_')) {
    // The guard reads the account anew and leads to the page that explains.
    queries.removeQueries({ queryKey: ['get', '/api/v1/me'] });
    void router.invalidate();
  }
}

/** The first question of a guarded page is asked by its guard, which redirects by itself. */
function isGuarded(pathname: string): boolean {
  return (
    router.state.matches.some((r) => r.routeId === '/employer' || r.routeId === '/operator') || pathname === '/waiting'
  );
}

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

function draw(first: Messages): void {
  createRoot(root as HTMLElement).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <LanguageProvider first={first}>
          <RouterProvider router={router} />
        </LanguageProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}

// When the French texts cannot be had, pages in English are better than none. No await: chunks may import this module.
void loadMessages(firstLanguage())
  .catch(() => en)
  .then(draw);
