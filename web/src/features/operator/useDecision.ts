import { useQueryClient } from '@tanstack/react-query';
import { done } from '../../ui/toast';

/** After a decision every list and page of accounts is asked anew. */
export function useDecided(): (words: string) => Promise<void> {
  const queries = useQueryClient();
  return async (words) => {
    done(words);
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['get', '/api/v1/operator/accounts'] }),
      queries.invalidateQueries({ queryKey: ['get', '/api/v1/operator/accounts/{id}'] }),
      queries.invalidateQueries({ queryKey: ['get', '/api/v1/operator/senders'] }),
    ]);
  };
}
