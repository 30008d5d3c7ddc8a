import type { QueryClient } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { $api, client } from '../api/client';
import { toProblem } from '../api/problem';
import type { Me } from '../api/types';

export const meQuery = $api.queryOptions('get', '/api/v1/me', undefined, { staleTime: 30_000 });

/** Who is signed in, or null. Any trouble but "not signed in" is thrown. */
export async function fetchMe(queries: QueryClient): Promise<Me | null> {
  try {
    return await queries.fetchQuery(meQuery);
  } catch (e) {
    if (toProblem(e).status === 401) return null;
    throw e;
  }
}

/** Who is signed in; only below routes that have asked. */
export function useMe(): Me {
  const { data } = $api.useSuspenseQuery('get', '/api/v1/me', undefined, { staleTime: 30_000 });
  return data;
}

/** The server's present, by which everything happens; this machine's clock may be wrong or, in a demo, another. */
export function useServerNow(): () => Date {
  const { data, dataUpdatedAt } = $api.useSuspenseQuery('get', '/api/v1/me', undefined, { staleTime: 30_000 });
  const ahead = Date.parse(data.server_time) - dataUpdatedAt;
  return () => new Date(Date.now() + ahead);
}

/** Puts the answer of a sign-in or a changed profile where everybody looks. */
export function rememberMe(queries: QueryClient, me: Me): void {
  queries.setQueryData(meQuery.queryKey, me);
}

/** Ends the session here and forgets what was loaded with it. */
export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    // Also when the server cannot be reached the screen must not go on showing the account.
    await client.POST('/api/v1/auth/logout').catch(() => undefined);
    queries.clear();
    await navigate({ to: '/login' });
  };
}
