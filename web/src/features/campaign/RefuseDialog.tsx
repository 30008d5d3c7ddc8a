import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { Campaign } from '../../api/types';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';

interface RefuseDialogProps {
  campaign: Campaign;
  opened: boolean;
  onClose: () => void;
}

/** No, with the reason that whoever asked will read. */
export function RefuseDialog(props: RefuseDialogProps) {
  const t = useMessages().campaigns.approval;
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t.refuseTitle}>
      {props.opened && <Body {...props} />}
    </Modal>
  );
}

function Body({ campaign, onClose }: RefuseDialogProps) {
  const m = useMessages();
  const t = m.campaigns.approval;
  const queries = useQueryClient();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { reason: '' } });
  const refuse = $api.useMutation('post', '/api/v1/campaigns/{id}/approval/refuse', {
    onSuccess: (next) => {
      queries.setQueryData(['get', '/api/v1/campaigns/{id}', { params: { path: { id: next.id } } }], next);
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns'] });
      onClose();
      done(t.refused);
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit((body) => {
        form.clearFailure();
        refuse.mutate({ params: { path: { id: campaign.id } }, body });
      })}
    >
      <Stack>
        <Textarea
          label={t.reason}
          description={t.refuseHint}
          autosize
          minRows={2}
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
          <Button type="submit" color="red" loading={refuse.isPending}>
            {t.refuse}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
