import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { Employee } from '../../api/types';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';

interface OptOutProps {
  person: Employee;
  opened: boolean;
  onClose: () => void;
}

/** Somebody told the employer that they want no calls. */
export function OptOut(props: OptOutProps) {
  const t = useMessages().employees.drawer;
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t.optOutTitle(props.person.name)}>
      {props.opened && <Body {...props} />}
    </Modal>
  );
}

function Body({ person, onClose }: OptOutProps) {
  const m = useMessages();
  const t = m.employees.drawer;
  const queries = useQueryClient();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { note: '' } });
  const record = $api.useMutation('post', '/api/v1/employees/{id}/opt-out', {
    onSuccess: (answer) => {
      done(t.optOutDone(person.name, answer.calls_ended));
      for (const path of [
        '/api/v1/employees',
        '/api/v1/employees/{id}',
        '/api/v1/employees/{id}/consent',
        '/api/v1/inbox/count',
      ])
        void queries.invalidateQueries({ queryKey: ['get', path] });
      onClose();
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit((body) => {
        form.clearFailure();
        record.mutate({ params: { path: { id: person.id } }, body });
      })}
    >
      <Stack>
        <Text size="sm">{t.optOutText}</Text>
        <Text size="sm" fw={550}>
          {t.optOutFinal}
        </Text>
        <Textarea
          label={t.optOutNote}
          description={t.optOutNoteHint}
          autosize
          minRows={2}
          maxLength={500}
          data-autofocus
          key={form.key('note')}
          {...form.getInputProps('note')}
        />
        <FormFailure text={form.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" color="red" loading={record.isPending}>
            {t.optOut}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
