import { Anchor, Card, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconPhoneOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { $api } from '../../api/client';
import type { AccountDialling, Dialling } from '../../api/types';
import { useMessages } from '../../messages/context';
import { type Column, DataTable } from '../../ui/DataTable';
import { Empty, ErrorState, Loading } from '../../ui/Notice';
import { Status } from '../../ui/Status';

/** How dialling stands: calls on the line, those being looked for, the pace, and each account that dials. */
export function Health() {
  const m = useMessages();
  const t = m.operator.dialling.health;
  const health = $api.useQuery('get', '/api/v1/operator/dialling', undefined, { refetchInterval: 2_000 });
  const columns = useColumns();
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.title}
      </Title>
      {health.error && !health.data && <ErrorState error={health.error} onRetry={health.refetch} />}
      {!health.data && !health.error && <Loading lines={4} />}
      {health.data && (
        <Stack gap="lg">
          <Figures health={health.data} />
          {health.data.held_until && <Text size="sm">{t.held}</Text>}
          <DataTable
            label={t.accounts}
            columns={columns}
            rows={health.data.accounts}
            rowId={(a) => a.account_id}
            empty={<Empty icon={<IconPhoneOff size={34} stroke={1.4} />} title={t.none} />}
          />
        </Stack>
      )}
    </Card>
  );
}

function Figures({ health }: { health: Dialling }) {
  const m = useMessages();
  const t = m.operator.dialling.health;
  const figures = [
    { key: 'live', label: t.live, value: health.live + health.placing, note: t.liveHint(health.placing) },
    { key: 'unknown', label: t.unknown, value: health.unknown, note: t.unknownHint },
    { key: 'pace', label: t.pace, value: health.last_minute, note: t.paceHint(health.per_minute) },
  ];
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }}>
      {figures.map((f) => (
        <div key={f.key}>
          <Text size="sm">{f.label}</Text>
          <Text fz={30} fw={650} lh={1.15} className="figures">
            {m.common.number(f.value)}
          </Text>
          <Text size="xs" c="dimmed">
            {f.note}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

function useColumns(): Column<AccountDialling>[] {
  const m = useMessages();
  const t = m.operator.dialling.health;
  const figure = (label: string, value: string) => (
    <Text span size="sm" className="figures">
      {value}{' '}
      <Text span size="xs" c="dimmed" hiddenFrom="sm">
        {label}
      </Text>
    </Text>
  );
  return [
    {
      key: 'account',
      header: t.columns.account,
      phone: 'lead',
      render: (a) => (
        <Anchor fw={500} renderRoot={(p) => <Link to="/operator/accounts/$id" params={{ id: a.account_id }} {...p} />}>
          {a.legal_name}
        </Anchor>
      ),
    },
    {
      key: 'state',
      header: t.columns.state,
      phone: 'side',
      render: (a) =>
        a.paused_at ? (
          <Status tone="paused" label={t.paused} />
        ) : (
          <Status tone={a.running > 0 ? 'running' : 'idle'} label={t.campaigns(a.running, a.paused, a.scheduled)} />
        ),
    },
    { key: 'pending', header: t.columns.pending, render: (a) => figure(t.columns.pending, m.common.number(a.pending)) },
    { key: 'live', header: t.columns.live, render: (a) => figure(t.columns.live, m.common.number(a.live)) },
    { key: 'unknown', header: t.columns.unknown, render: (a) => figure(t.columns.unknown, m.common.number(a.unknown)) },
    {
      key: 'quota',
      header: t.columns.quota,
      render: (a) => figure(t.columns.quota, t.ofQuota(a.used, a.daily_quota)),
    },
  ];
}
