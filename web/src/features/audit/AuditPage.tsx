import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { IconDownload, IconFilterOff, IconListDetails, IconPrinter } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { $api, BASE } from '../../api/client';
import type { AuditPage as AuditRows } from '../../api/types';
import { AuditTable } from '../../audit/AuditTable';
import { useMessages } from '../../messages/context';
import { useMe, useServerNow } from '../../session/session';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { SearchInput } from '../../ui/SearchInput';
import { formatTime } from '../../ui/time';
import { useCursors } from '../../ui/useCursors';
import { auditQuestion } from './question';

const route = getRouteApi('/employer/audit');

/** The account's own log, for its owners. */
export function AuditPage() {
  const m = useMessages();
  const t = m.audit;
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/audit' });
  const { account, user } = useMe();
  const now = useServerNow();
  const walk = useCursors(JSON.stringify(search));
  const question = auditQuestion(search, account.time_zone);
  const list = $api.useQuery(
    'get',
    '/api/v1/audit',
    { params: { query: { ...question, limit: 50, ...(walk.cursor ? { cursor: walk.cursor } : {}) } } },
    { placeholderData: keepPreviousData, enabled: user.role === 'owner', select: (page: unknown) => page as AuditRows },
  );
  const set = (change: Partial<typeof search>) =>
    void navigate({ search: (prev) => ({ ...prev, ...change }), replace: true });
  const filtered = Object.values(search).some(Boolean);
  const clear = () => void navigate({ search: {}, replace: true });
  if (user.role !== 'owner') {
    return (
      <Page title={t.title}>
        <Empty icon={<IconListDetails size={34} stroke={1.4} />} title={t.ownersOnlyTitle}>
          {t.ownersOnly}
        </Empty>
      </Page>
    );
  }
  const csv = new URLSearchParams({ ...question, format: 'csv' });
  return (
    <Page
      title={t.title}
      description={t.lead}
      actions={
        <Group gap="xs" className="no-print">
          <Button variant="default" leftSection={<IconPrinter size={17} aria-hidden />} onClick={() => print()}>
            {m.common.print}
          </Button>
          <Button
            variant="default"
            leftSection={<IconDownload size={17} aria-hidden />}
            component="a"
            href={`${BASE}/audit?${csv}`}
            download
          >
            {t.csv}
          </Button>
        </Group>
      }
    >
      <Text className="print-only" size="sm">
        {t.printed(account.legal_name, account.time_zone, formatTime(now().toISOString(), account.time_zone))}
      </Text>
      <Group gap="xs" role="search" className="filters no-print" align="flex-end">
        <NativeSelect
          label={t.action}
          value={search.action ?? ''}
          onChange={(e) => set({ action: e.currentTarget.value || undefined })}
          data={[
            { value: '', label: t.anyAction },
            ...Object.entries(t.groups).map(([value, label]) => ({ value, label })),
          ]}
        />
        <SearchInput label={t.actor} value={search.actor} onChange={(v) => set({ actor: v })} />
        <TextInput
          type="date"
          label={t.from}
          value={search.from ?? ''}
          onChange={(e) => set({ from: e.currentTarget.value || undefined })}
        />
        <TextInput
          type="date"
          label={t.to}
          value={search.to ?? ''}
          onChange={(e) => set({ to: e.currentTarget.value || undefined })}
        />
        {filtered && (
          <Button variant="subtle" leftSection={<IconFilterOff size={16} aria-hidden />} onClick={clear}>
            {m.common.clearFilters}
          </Button>
        )}
      </Group>
      <AuditTable
        rows={list.data?.items}
        zone={account.time_zone}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={<NoRows filtered={filtered} onClear={clear} />}
        footer={<Pager walk={walk} next={list.data?.next_cursor} zone={account.time_zone} />}
      />
    </Page>
  );
}

function NoRows({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const m = useMessages();
  const t = m.audit;
  if (!filtered) return <Empty icon={<IconListDetails size={34} stroke={1.4} />} title={t.noneTitle} />;
  return (
    <Empty
      icon={<IconFilterOff size={34} stroke={1.4} />}
      title={t.noMatchTitle}
      action={
        <Button variant="default" onClick={onClear}>
          {m.common.clearFilters}
        </Button>
      }
    >
      {t.noMatch}
    </Empty>
  );
}
