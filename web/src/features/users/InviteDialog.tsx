import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { Invitee } from '../../api/types';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';

interface InviteDialogProps {
  opened: boolean;
  onClose: () => void;
}

export function InviteDialog(props: InviteDialogProps) {
  const t = useMessages().users;
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t.inviteTitle}>
      {props.opened && <Body onClose={props.onClose} />}
    </Modal>
  );
}

const empty: Invitee & { language: 'en' | 'fr' } = { email: '', name: '', role: 'member', language: 'en' };

function Body({ onClose }: { onClose: () => void }) {
  const m = useMessages();
  const t = m.users;
  const queries = useQueryClient();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: empty });
  const invite = $api.useMutation('post', '/api/v1/users/invitations', {
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/users/invitations'] });
      onClose();
      done(t.sent(made.email));
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit((body) => {
        form.clearFailure();
        invite.mutate({ body });
      })}
    >
      <Stack>
        <Text size="sm">{t.inviteLead}</Text>
        <TextInput
          label={t.email}
          type="email"
          required
          withAsterisk={false}
          data-autofocus
          key={form.key('email')}
          {...form.getInputProps('email')}
        />
        <TextInput
          label={t.name}
          maxLength={100}
          required
          withAsterisk={false}
          key={form.key('name')}
          {...form.getInputProps('name')}
        />
        <NativeSelect
          label={t.role}
          description={t.roleHint}
          data={(['member', 'owner'] as const).map((value) => ({ value, label: m.settings.roles[value] }))}
          key={form.key('role')}
          {...form.getInputProps('role')}
        />
        <NativeSelect
          label={t.language}
          data={(['en', 'fr'] as const).map((value) => ({ value, label: t.languages[value] }))}
          key={form.key('language')}
          {...form.getInputProps('language')}
        />
        <FormFailure text={form.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" loading={invite.isPending}>
            {t.send}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
