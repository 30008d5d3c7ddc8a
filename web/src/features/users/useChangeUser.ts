import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Colleague, UserChange } from '../../api/types';
import { useMessages } from '../../messages/context';
import { problemText } from '../../ui/Notice';
import { done, refused } from '../../ui/toast';

/**
 * Changes a person and reads the list anew. With onDone a dialog is open, which
 * shows the failure itself; without it a refusal is said where the person is.
 */
export function useChangeUser(onDone?: () => void) {
  const m = useMessages();
  const queries = useQueryClient();
  const mutation = $api.useMutation('patch', '/api/v1/users/{id}', {
    onSuccess: (person) => {
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/users'] });
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/users/invitations'] });
      onDone?.();
      done(m.users.changed(person.name));
    },
    onError: (e) => {
      if (!onDone) refused(e, m);
    },
  });
  return {
    change: (person: Colleague, body: UserChange) => mutation.mutate({ params: { path: { id: person.id } }, body }),
    busy: mutation.isPending,
    failure: mutation.error ? problemText(toProblem(mutation.error), m) : null,
  };
}
