import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { $api, client } from '../api/client';
import { toProblem } from '../api/problem';

export const operatorQuery = $api.queryOptions('get', '/api/v1/operator/me', undefined, { staleTime: 30_000 });

export type OperatorMe = Awaited<ReturnType<typeof fetchOperator>>;

/** The operator at the console, or null. */
export async function fetchOperator(queries: QueryClient) {
  try {
    return await queries.fetchQuery(operatorQuery);
  } catch (e) {
    if (toProblem(e).status === 401) return null;
    throw e;
  }
}

/** The server's present, by which everything happens. */
export function useOperatorNow(): () => Date {
  const { data, dataUpdatedAt } = $api.useSuspenseQuery('get', '/api/v1/operator/me', undefined, { staleTime: 30_000 });
  const ahead = Date.parse(data.server_time) - dataUpdatedAt;
  return () => new Date(Date.now() + ahead);
}

/** Ends the operator's session and forgets what was loaded with it. */
export function useOperatorSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await client.POST('/api/v1/operator/auth/logout').catch(() => undefined);
    queries.clear();
    await navigate({ to: '/operator/login' });
  };
}
