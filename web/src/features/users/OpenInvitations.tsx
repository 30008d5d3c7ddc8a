import { Button, Group, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { UserInvitation } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { type Column, DataTable } from '../../ui/DataTable';
import { Status } from '../../ui/Status';
import { Time } from '../../ui/Time';
import { done, refused } from '../../ui/toast';

/** Who was invited and has not joined yet. */
export function OpenInvitations() {
  const m = useMessages();
  const t = m.users;
  const { account } = useMe();
  const list = $api.useQuery('get', '/api/v1/users/invitations');
  const columns: Column<UserInvitation>[] = [
    {
      key: 'who',
      header: t.openColumns.who,
      phone: 'lead',
      render: (i) => (
        <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
          {i.name}
          <Text span size="xs" c="dimmed" display="block">
            {i.email}
          </Text>
        </Text>
      ),
    },
    { key: 'role', header: t.columns.role, render: (i) => m.settings.roles[i.role] },
    { key: 'by', header: t.openColumns.by, render: (i) => i.invited_by_name },
    {
      key: 'until',
      header: t.openColumns.until,
      render: (i) =>
        i.expired ? <Status tone="warn" label={t.expired} /> : <Time at={i.expires_at} zone={account.time_zone} />,
    },
    { key: 'actions', header: '', align: 'end', render: (i) => <Actions invitation={i} /> },
  ];
  return (
    <DataTable
      label={t.openTitle}
      columns={columns}
      rows={list.data?.items}
      rowId={(i) => i.id}
      error={list.error}
      onRetry={list.refetch}
      empty={
        <Text size="sm" c="dimmed" p="md">
          {t.openNone}
        </Text>
      }
    />
  );
}

function Actions({ invitation: { id, name, email } }: { invitation: UserInvitation }) {
  const m = useMessages();
  const t = m.users;
  const queries = useQueryClient();
  const on = (words: string) => ({
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/users/invitations'] });
      done(words);
    },
    onError: (e: unknown) => refused(e, m),
  });
  const again = $api.useMutation('post', '/api/v1/users/invitations/{id}/resend', on(t.sent(email)));
  const takeBack = $api.useMutation('delete', '/api/v1/users/invitations/{id}', on(t.takenBack));
  const params = { path: { id } };
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      <Button
        size="xs"
        variant="default"
        aria-label={t.againNamed(name)}
        loading={again.isPending}
        onClick={() => again.mutate({ params })}
      >
        {t.again}
      </Button>
      <Button
        size="xs"
        variant="subtle"
        color="red"
        aria-label={t.takeBackNamed(name)}
        loading={takeBack.isPending}
        onClick={() => takeBack.mutate({ params })}
      >
        {t.takeBack}
      </Button>
    </Group>
  );
}
