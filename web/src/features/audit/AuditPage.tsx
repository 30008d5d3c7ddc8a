import { Button, Group } from '@mantine/core';
import { IconDownload, IconListDetails, IconPrinter } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { $api, BASE, client } from '../../api/client';
import type { AuditRow, AuditPage as AuditRows } from '../../api/types';
import { AuditFilters } from '../../audit/AuditFilters';
import { AuditTable } from '../../audit/AuditTable';
import { NoRows } from '../../audit/NoRows';
import { auditQuestion, type Filters } from '../../audit/question';
import { type Messages, useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { PrintHead } from '../../ui/PrintHead';
import { useCursors } from '../../ui/useCursors';
import { MOST, usePrintAll } from '../../ui/usePrintAll';

const route = getRouteApi('/employer/audit');

/** The account's own log, for its owners. */
export function AuditPage() {
  const m = useMessages();
  const t = m.audit;
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/audit' });
  const { account, user } = useMe();
  const walk = useCursors(JSON.stringify(search));
  const question = auditQuestion(search, account.time_zone);
  const list = $api.useQuery(
    'get',
    '/api/v1/audit',
    { params: { query: { ...question, limit: 50, ...(walk.cursor ? { cursor: walk.cursor } : {}) } } },
    { placeholderData: keepPreviousData, enabled: user.role === 'owner', select: (page: unknown) => page as AuditRows },
  );
  const paper = usePrintAll<AuditRow>(async (page) => {
    const { data } = await client.GET('/api/v1/audit', { params: { query: { ...question, ...page } } });
    return data as unknown as AuditRows;
  });
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
          <Button
            variant="default"
            leftSection={<IconPrinter size={17} aria-hidden />}
            loading={paper.busy}
            onClick={paper.print}
          >
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
      <PrintHead filters={filterWords(search, t)}>
        {paper.cut
          ? m.common.printCut(MOST)
          : !paper.rows && list.data?.next_cursor && m.common.printPage(list.data.items.length)}
      </PrintHead>
      <AuditFilters search={search} onChange={set} onClear={clear} groups={t.groups} />
      <AuditTable
        rows={paper.rows ?? list.data?.items}
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

/** What the list is narrowed by, as a paper says it. */
function filterWords(search: Filters, t: Messages['audit']): string[] {
  const group: Record<string, string> = t.groups;
  return [
    search.action && (group[search.action] ?? search.action),
    search.actor && `“${search.actor}”`,
    search.from && `${t.from} ${search.from}`,
    search.to && `${t.to} ${search.to}`,
  ].filter((word): word is string => Boolean(word));
}
