import { Modal } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { Colleague } from '../../api/types';
import { useMessages } from '../../messages/context';
import { Loading } from '../../ui/Notice';
import { done } from '../../ui/toast';
import { useGuarded } from '../settings/CodeInput';
import { ProofForm } from '../settings/ProofForm';

/** A member who has lost phone and recovery codes gets in again, after a day. */
export function LostFactor({ person, onClose }: { person: Colleague | null; onClose: () => void }) {
  const t = useMessages().users;
  return (
    <Modal opened={person !== null} onClose={onClose} title={t.lostTitle(person?.name ?? '')}>
      {person && <Ask person={person} onClose={onClose} />}
    </Modal>
  );
}

function Ask({ person, onClose }: { person: Colleague; onClose: () => void }) {
  const t = useMessages().users;
  const queries = useQueryClient();
  const guarded = useGuarded();
  const ask = $api.useMutation('post', '/api/v1/users/{id}/reset-second-factor');
  if (guarded.loading) return <Loading lines={3} />;
  return (
    <ProofForm
      lead={t.lostText(person.name)}
      submit={t.lostSubmit}
      asksCode={guarded.on}
      send={async (body) => {
        await ask.mutateAsync({ params: { path: { id: person.id } }, body: guarded.body(body) });
        void queries.invalidateQueries({ queryKey: ['get', '/api/v1/users'] });
        onClose();
        done(t.lostAsked(person.name));
      }}
    />
  );
}
