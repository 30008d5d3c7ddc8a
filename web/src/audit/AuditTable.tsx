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
      width: 180,
      render: (r) => (
        <Box>
          <Text size="sm">{actorOf(r, t.actorKinds)}</Text>
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

/** Parts of the product act under inner names; people read one. */
function actorOf(r: AuditRow, kinds: Record<string, string>): string {
  const kind = kinds[r.actor_kind] ?? r.actor_kind;
  return r.actor_kind === 'system' ? kind : r.actor_name || kind;
}

/** The details as "name: value", in the order they were written. */
export function detailText(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return detail ? String(detail) : '';
  return pairs(detail).join(' · ');
}

/** "name: value" of each part; what holds parts itself has them in brackets. */
function pairs(of: object): string[] {
  return Object.entries(of).map(([key, value]) => {
    const name = key.replaceAll('_', ' ');
    const nested = typeof value === 'object' && value !== null && !Array.isArray(value) && !isChange(value);
    return nested ? `${name} (${pairs(value).join(', ')})` : `${name}: ${plain(value)}`;
  });
}

/** What something was before and is now. */
function isChange(value: unknown): value is { from: unknown; to: unknown } {
  return (
    typeof value === 'object' && value !== null && 'from' in value && 'to' in value && Object.keys(value).length === 2
  );
}

const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function plain(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (isChange(value)) return `${plain(value.from)} → ${plain(value.to)}`;
  if (Array.isArray(value)) {
    // Nobody reads lists of ids; the exported file has them.
    const ids = value.length > 1 && value.every((item) => id.test(String(item)));
    return ids ? String(value.length) : value.map(plain).join(', ');
  }
  // A hash is compared by machines; its beginning tells one from another.
  return String(value).replaceAll(/\b[0-9a-f]{40,}\b/g, (hash) => `${hash.slice(0, 12)}…`);
}
