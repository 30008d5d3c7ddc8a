import { Button, Drawer, Group, Stack, Text, Title } from '@mantine/core';
import { IconEdit, IconMessage, IconPhoneOff, IconTrash } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Employee } from '../../api/types';
import { ConsentHistory } from '../../consent/ConsentHistory';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { ConfirmTyped } from '../../ui/ConfirmTyped';
import { ConsentStatus } from '../../ui/domain';
import { Facts } from '../../ui/Facts';
import { FormFailure } from '../../ui/FormFailure';
import { ErrorState, Loading, problemText } from '../../ui/Notice';
import { formatPhone } from '../../ui/phone';
import { Time } from '../../ui/Time';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';
import { EmployeeCalls } from './EmployeeCalls';
import { EmployeeFields, type PersonValues } from './EmployeeFields';
import { useInvite } from './invite';
import { OptOut } from './OptOut';
import { PersonRights } from './PersonRights';

/** One person: facts, what may be done, and everything that happened to their consent. */
export function EmployeeDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const m = useMessages();
  return (
    <Drawer opened={Boolean(id)} onClose={onClose} title={m.employees.drawer.details} size="lg">
      {id && <Body id={id} onClose={onClose} />}
    </Drawer>
  );
}

function Body({ id, onClose }: { id: string; onClose: () => void }) {
  const person = $api.useQuery(
    'get',
    '/api/v1/employees/{id}',
    { params: { path: { id } } },
    { refetchInterval: 4_000 },
  );
  const [editing, setEditing] = useState(false);
  if (person.error && !person.data) return <ErrorState error={person.error} onRetry={person.refetch} />;
  if (!person.data) return <Loading lines={8} />;
  if (editing) return <EditForm person={person.data} onDone={() => setEditing(false)} />;
  return <Shown person={person.data} onEdit={() => setEditing(true)} onClose={onClose} />;
}

function Shown({ person, onEdit, onClose }: { person: Employee; onEdit: () => void; onClose: () => void }) {
  const m = useMessages();
  const t = m.employees;
  const { account, user } = useMe();
  const invite = useInvite();
  const [removing, setRemoving] = useState(false);
  const [stopping, setStopping] = useState(false);
  const askable = person.consent.state === 'none' || person.consent.state === 'lapsed';
  return (
    <Stack gap="lg">
      <div>
        <Title order={2}>{person.name}</Title>
        <Group gap="xs" mt={6}>
          <ConsentStatus state={person.consent.state} />
          <Text size="sm" c="dimmed">
            <Time at={person.consent.changed_at} zone={account.time_zone} withZone />
          </Text>
        </Group>
      </div>
      <Facts
        rows={[
          { key: 'phone', label: t.columns.phone, value: formatPhone(person.phone) },
          { key: 'language', label: t.columns.language, value: t.languages[person.language] },
          { key: 'zone', label: t.columns.zone, value: person.time_zone || person.zones.join(', ') },
          { key: 'tags', label: t.columns.tags, value: person.tags.join(', ') },
          {
            key: 'since',
            label: t.columns.since,
            value: <Time at={person.created_at} zone={account.time_zone} style="date" />,
          },
        ]}
      />
      <Group gap="xs">
        {askable && (
          <Button
            leftSection={<IconMessage size={16} aria-hidden />}
            loading={invite.isPending}
            onClick={() => invite.mutate({ body: { ids: [person.id] } })}
          >
            {t.invite}
          </Button>
        )}
        <Button variant="default" leftSection={<IconEdit size={16} aria-hidden />} onClick={onEdit}>
          {t.drawer.edit}
        </Button>
        <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setRemoving(true)}>
          {t.drawer.remove}
        </Button>
        {person.consent.state !== 'opted_out' && (
          <Button
            variant="default"
            leftSection={<IconPhoneOff size={16} aria-hidden />}
            onClick={() => setStopping(true)}
          >
            {t.drawer.optOut}
          </Button>
        )}
      </Group>
      <EmployeeCalls id={person.id} zone={account.time_zone} />
      <ConsentHistory id={person.id} zone={account.time_zone} />
      {user.role === 'owner' && <PersonRights person={person} onErased={onClose} />}
      <OptOut person={person} opened={stopping} onClose={() => setStopping(false)} />
      <Remove person={person} opened={removing} onClose={() => setRemoving(false)} onRemoved={onClose} />
    </Stack>
  );
}

interface RemoveProps {
  person: Employee;
  opened: boolean;
  onClose: () => void;
  onRemoved: () => void;
}

function Remove({ person, opened, onClose, onRemoved }: RemoveProps) {
  const m = useMessages();
  const t = m.employees.drawer;
  const queries = useQueryClient();
  const remove = $api.useMutation('delete', '/api/v1/employees/{id}', {
    onSuccess: () => {
      done(t.removed(person.name));
      onRemoved();
      queries.removeQueries({ queryKey: ['get', '/api/v1/employees/{id}', { params: { path: { id: person.id } } }] });
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/employees'] });
    },
  });
  return (
    <ConfirmTyped
      opened={opened}
      onClose={onClose}
      title={t.removeTitle(person.name)}
      confirmLabel={t.remove}
      color="red"
      busy={remove.isPending}
      failure={remove.error ? problemText(toProblem(remove.error), m) : null}
      onConfirm={() => remove.mutate({ params: { path: { id: person.id } } })}
    >
      {t.removeText}
    </ConfirmTyped>
  );
}

function EditForm({ person, onDone }: { person: Employee; onDone: () => void }) {
  const m = useMessages();
  const queries = useQueryClient();
  const form = useApiForm<PersonValues>({
    mode: 'uncontrolled',
    initialValues: {
      name: person.name,
      language: person.language,
      time_zone: person.time_zone || null,
      tags: person.tags,
    },
  });
  const save = $api.useMutation('patch', '/api/v1/employees/{id}', {
    onSuccess: () => {
      done(m.common.saved);
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/employees'] });
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/employees/{id}'] });
      onDone();
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit((values) => {
        form.clearFailure();
        save.mutate({
          params: { path: { id: person.id } },
          body: { ...values, time_zone: values.time_zone ?? '' },
        });
      })}
    >
      <Stack>
        <Title order={2}>{person.name}</Title>
        <EmployeeFields form={form} />
        <FormFailure text={form.failure} />
        <Group gap="xs">
          <Button type="submit" loading={save.isPending}>
            {m.common.save}
          </Button>
          <Button variant="default" onClick={onDone}>
            {m.common.cancel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
