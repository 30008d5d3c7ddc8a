import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { ImportFile } from '../../api/types';
import { lookAgain } from './wizard';

const PATH = '/api/v1/employees/imports/{id}';

/** One import, looked at again and again while a job has it in hand. */
export function useFile(id: string) {
  return $api.useQuery(
    'get',
    PATH,
    { params: { path: { id } } },
    { staleTime: 0, refetchInterval: (q) => lookAgain(q.state.data) },
  );
}

/** Puts an answer of the server where the page reads it. */
export function useKeepFile() {
  const queries = useQueryClient();
  return (f: ImportFile) =>
    queries.setQueryData($api.queryOptions('get', PATH, { params: { path: { id: f.id } } }).queryKey, f);
}
