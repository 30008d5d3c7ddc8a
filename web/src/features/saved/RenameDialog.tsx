import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { SavedMessage } from '../../api/types';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';

interface RenameDialogProps {
  message: SavedMessage | null;
  onClose: () => void;
}

export function RenameDialog({ message, onClose }: RenameDialogProps) {
  const t = useMessages().saved;
  return (
    <Modal opened={message !== null} onClose={onClose} title={t.rename}>
      {message && <Body message={message} onClose={onClose} />}
    </Modal>
  );
}

function Body({ message, onClose }: { message: SavedMessage; onClose: () => void }) {
  const m = useMessages();
  const t = m.saved;
  const queries = useQueryClient();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { name: message.name } });
  const rename = $api.useMutation('patch', '/api/v1/saved-messages/{id}', {
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/saved-messages'] });
      onClose();
      done(t.renamed);
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit((body) => {
        form.clearFailure();
        rename.mutate({ params: { path: { id: message.id } }, body });
      })}
    >
      <Stack>
        <TextInput
          label={t.name}
          maxLength={120}
          data-autofocus
          key={form.key('name')}
          {...form.getInputProps('name')}
        />
        <FormFailure text={form.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" loading={rename.isPending}>
            {t.rename}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
