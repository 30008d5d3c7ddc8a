import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconArrowLeft, IconLock, IconPlus, IconUsers } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { Colleague } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { ConfirmTyped } from '../../ui/ConfirmTyped';
import { type Column, DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Status } from '../../ui/Status';
import { Time } from '../../ui/Time';
import { InviteDialog } from './InviteDialog';
import { LostFactor } from './LostFactor';
import { OpenInvitations } from './OpenInvitations';
import { useChangeUser } from './useChangeUser';

/** Who may sign in for the company, and as what. */
export function UsersPage() {
  const m = useMessages();
  const t = m.users;
  const { user } = useMe();
  const [inviting, setInviting] = useState(false);
  const owner = user.role === 'owner';
  return (
    <Page
      title={t.title}
      description={t.lead}
      above={
        <Anchor size="sm" renderRoot={(p) => <Link to="/settings" {...p} />}>
          <Group gap={4} component="span">
            <IconArrowLeft size={15} aria-hidden />
            {m.settings.title}
          </Group>
        </Anchor>
      }
      actions={
        owner && (
          <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={() => setInviting(true)}>
            {t.invite}
          </Button>
        )
      }
    >
      {owner ? (
        <Stack gap="xl">
          <People />
          <Stack gap="sm">
            <Title order={2} size="h3">
              {t.openTitle}
            </Title>
            <OpenInvitations />
          </Stack>
          <InviteDialog opened={inviting} onClose={() => setInviting(false)} />
        </Stack>
      ) : (
        <Empty icon={<IconLock size={34} stroke={1.4} />} title={t.ownersOnlyTitle}>
          {t.ownersOnly}
        </Empty>
      )}
    </Page>
  );
}

function People() {
  const t = useMessages().users;
  const list = $api.useQuery('get', '/api/v1/users');
  const [ending, setEnding] = useState<Colleague | null>(null);
  const [lost, setLost] = useState<Colleague | null>(null);
  const columns = useColumns(setEnding, setLost);
  return (
    <>
      <DataTable
        label={t.title}
        columns={columns}
        rows={list.data?.items}
        rowId={(u) => u.id}
        error={list.error}
        onRetry={list.refetch}
        empty={<Empty icon={<IconUsers size={34} stroke={1.4} />} title={t.title} />}
      />
      <EndAccess person={ending} onClose={() => setEnding(null)} />
      <LostFactor person={lost} onClose={() => setLost(null)} />
    </>
  );
}

function EndAccess({ person, onClose }: { person: Colleague | null; onClose: () => void }) {
  const t = useMessages().users;
  const { change, busy, failure } = useChangeUser(onClose);
  return (
    <ConfirmTyped
      opened={person !== null}
      onClose={onClose}
      title={t.endTitle(person?.name ?? '')}
      confirmLabel={t.end}
      color="red"
      busy={busy}
      failure={failure}
      onConfirm={() => person && change(person, { disabled: true })}
    >
      <Text size="sm">{t.endText(person?.name ?? '')}</Text>
    </ConfirmTyped>
  );
}

type OnPerson = (u: Colleague) => void;

function useColumns(onEnd: OnPerson, onLost: OnPerson): Column<Colleague>[] {
  const m = useMessages();
  const t = m.users;
  const { user, account } = useMe();
  return [
    {
      key: 'name',
      header: t.columns.name,
      phone: 'lead',
      render: (u) => (
        <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
          {u.name}
          <Text span size="xs" c="dimmed" display="block">
            {u.email}
          </Text>
        </Text>
      ),
    },
    { key: 'role', header: t.columns.role, render: (u) => m.settings.roles[u.role] },
    {
      key: 'seen',
      header: t.columns.seen,
      render: (u) => (u.last_seen_at ? <Time at={u.last_seen_at} zone={account.time_zone} /> : t.never),
    },
    {
      key: 'access',
      header: t.columns.access,
      phone: 'side',
      render: (u) => (
        <>
          {u.disabled_at ? <Status tone="stopped" label={t.ended} /> : <Status tone="good" label={t.active} />}
          {u.factor_reset_at && (
            <Text size="xs" c="dimmed">
              {t.lostFrom} <Time at={u.factor_reset_at} zone={account.time_zone} />
            </Text>
          )}
        </>
      ),
    },
    {
      key: 'actions',
      header: '',
      align: 'end',
      render: (u) =>
        u.id === user.id ? <Text size="sm">{t.you}</Text> : <Actions person={u} onEnd={onEnd} onLost={onLost} />,
    },
  ];
}

function Actions({ person, onEnd, onLost }: { person: Colleague; onEnd: OnPerson; onLost: OnPerson }) {
  const t = useMessages().users;
  const { change, busy } = useChangeUser();
  const role = person.role === 'owner' ? 'member' : 'owner';
  if (person.disabled_at) {
    return (
      <Button
        size="xs"
        variant="default"
        aria-label={t.restoreNamed(person.name)}
        loading={busy}
        onClick={() => change(person, { disabled: false })}
      >
        {t.restore}
      </Button>
    );
  }
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      {person.role === 'member' && person.second_factor && !person.factor_reset_at && (
        <Button size="xs" variant="subtle" aria-label={t.lostNamed(person.name)} onClick={() => onLost(person)}>
          {t.lost}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        aria-label={role === 'owner' ? t.makeOwnerNamed(person.name) : t.makeMemberNamed(person.name)}
        loading={busy}
        onClick={() => change(person, { role })}
      >
        {role === 'owner' ? t.makeOwner : t.makeMember}
      </Button>
      <Button size="xs" variant="subtle" color="red" aria-label={t.endNamed(person.name)} onClick={() => onEnd(person)}>
        {t.end}
      </Button>
    </Group>
  );
}
