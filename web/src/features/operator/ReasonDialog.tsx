import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { $api } from '../../api/client';
import type { Application } from '../../api/types';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { useApiForm } from '../../ui/useApiForm';
import { useDecided } from './useDecision';

interface ReasonDialogProps {
  action: 'reject' | 'suspend' | 'reinstate';
  account: Application;
  opened: boolean;
  onClose: () => void;
  title: string;
  text?: string;
  confirmLabel: string;
  color?: string;
  doneWords: string;
}

/** A decision about an account that needs its reason in writing. */
export function ReasonDialog(props: ReasonDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title}>
      {props.opened && <Body {...props} />}
    </Modal>
  );
}

function Body({ action, account, onClose, text, confirmLabel, color, doneWords }: ReasonDialogProps) {
  const m = useMessages();
  const decided = useDecided();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { reason: '' } });
  const handlers = {
    onSuccess: async () => {
      onClose();
      await decided(doneWords);
    },
    onError: form.refuse,
  };
  const mutations = {
    reject: $api.useMutation('post', '/api/v1/operator/accounts/{id}/reject', handlers),
    suspend: $api.useMutation('post', '/api/v1/operator/accounts/{id}/suspend', handlers),
    reinstate: $api.useMutation('post', '/api/v1/operator/accounts/{id}/reinstate', handlers),
  };
  const mutation = mutations[action];
  return (
    <form
      onSubmit={form.onSubmit((body) => {
        form.clearFailure();
        mutation.mutate({ params: { path: { id: account.id } }, body });
      })}
    >
      <Stack>
        {text && <Text size="sm">{text}</Text>}
        <Textarea
          label={m.operator.account.reason}
          autosize
          minRows={3}
          maxLength={500}
          required
          withAsterisk={false}
          data-autofocus
          key={form.key('reason')}
          {...form.getInputProps('reason')}
        />
        <FormFailure text={form.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" color={color} loading={mutation.isPending}>
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
