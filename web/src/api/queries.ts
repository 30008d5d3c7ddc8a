import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { type Problem, toProblem } from './problem';

/**
 * The one query client. onRefused hears every refusal of every query and
 * mutation, so that an ended session is noticed wherever it shows first.
 */
export function newQueryClient(onRefused: (problem: Problem) => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: (e) => onRefused(toProblem(e)) }),
    mutationCache: new MutationCache({ onError: (e) => onRefused(toProblem(e)) }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // A refusal is an answer; only silence and server trouble are worth a second try.
        retry: (count, e) => {
          const { status } = toProblem(e);
          return count < 2 && (status === 0 || status >= 502);
        },
      },
      mutations: { retry: false },
    },
  });
}
