import { useQuery } from '@tanstack/react-query';
import { client } from '../../api/client';
import type { Application } from '../../api/types';

/** Every account, to choose one by its name; the API gives them page by page. */
export function useAccounts() {
  return useQuery({
    queryKey: ['get', '/api/v1/operator/accounts', 'every'],
    queryFn: async () => {
      const all: Application[] = [];
      for (let cursor: string | undefined, more = true; more; ) {
        const { data } = await client.GET('/api/v1/operator/accounts', {
          params: { query: { limit: 200, ...(cursor ? { cursor } : {}) } },
        });
        all.push(...(data?.items ?? []));
        cursor = data?.next_cursor ?? undefined;
        more = cursor !== undefined;
      }
      return all;
    },
    staleTime: 60_000,
  });
}
