import { Box, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AuditRow } from '../api/types';
import { useMessages } from '../messages/context';
import { type Column, DataTable } from '../ui/DataTable';
import { Status } from '../ui/Status';
import { Time } from '../ui/Time';

interface AuditTableProps {
  rows: AuditRow[] | undefined;
  zone: string;
  error?: unknown;
  onRetry?: () => void;
  stale?: boolean;
  empty: ReactNode;
  footer?: ReactNode;
}

/** Audit rows as employers and operators read them. */
export function AuditTable(props: AuditTableProps) {
  const m = useMessages();
  return <DataTable label={m.audit.title} columns={useColumns(props.zone)} rowId={(r) => r.id} {...props} />;
}

function useColumns(zone: string): Column<AuditRow>[] {
  const t = useMessages().audit;
  return [
    {
      key: 'at',
      header: t.columns.at,
      width: 190,
      render: (r) => (
        <Text span size="sm" className="figures">
          <Time at={r.at} zone={zone} />
        </Text>
      ),
    },
    {
      key: 'actor',
      header: t.columns.actor,
      render: (r) => (
        <Box>
          <Text size="sm">{r.actor_name || t.actorKinds[r.actor_kind] || r.actor_kind}</Text>
          {r.ip && (
            <Text size="xs" c="dimmed" className="figures">
              {r.ip}
            </Text>
          )}
        </Box>
      ),
    },
    {
      key: 'action',
      phone: 'lead',
      header: t.columns.action,
      render: (r) => (
        <Text span size="sm" title={r.action}>
          {t.actions[r.action] ?? r.action}
        </Text>
      ),
    },
    {
      key: 'detail',
      header: t.columns.detail,
      render: (r) => (
        <Text span size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {detailText(r.detail)}
        </Text>
      ),
    },
    {
      key: 'sealed',
      phone: 'side',
      header: t.columns.sealed,
      render: (r) => <Status tone={r.sealed ? 'good' : 'waiting'} label={r.sealed ? t.sealed : t.unsealed} />,
    },
  ];
}

/** The details as "name: value", in the order they were written. */
export function detailText(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return detail ? String(detail) : '';
  return Object.entries(detail)
    .map(([key, value]) => `${key.replaceAll('_', ' ')}: ${plain(value)}`)
    .join(' · ');
}

function plain(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
