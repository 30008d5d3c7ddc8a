import { Alert, Button, Title } from '@mantine/core';
import { IconReportAnalytics } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { Report } from '../../api/types';
import { useMessages } from '../../messages/context';
import { type Column, DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { Status } from '../../ui/Status';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { useCursors } from '../../ui/useCursors';
import { ReportCheck } from './ReportCheck';
import { ReportDetail, useWeekOf } from './ReportDetail';

/** The Monday audit reports: what was made and mailed, and whether a file is one of them. */
export function ReportsPage() {
  const m = useMessages();
  const t = m.operator.reports;
  const [open, setOpen] = useState<Report | null>(null);
  const walk = useCursors('');
  const list = $api.useQuery(
    'get',
    '/api/v1/operator/reports',
    { params: { query: { limit: 25, ...(walk.cursor ? { cursor: walk.cursor } : {}) } } },
    { placeholderData: keepPreviousData },
  );
  const weekOf = useWeekOf();
  const stuck =
    list.data?.items.filter((r) => r.alerted_at && !r.delivered_at && Date.now() < Date.parse(r.kept_until)) ?? [];
  return (
    <Page title={t.title} description={t.lead}>
      {stuck.map((r) => (
        <Alert key={r.id} color="red" variant="outline" role="alert" title={t.late(weekOf(r))}>
          {t.lateText}
        </Alert>
      ))}
      <Title order={2} size="h3">
        {t.listTitle}
      </Title>
      <DataTable
        label={t.listTitle}
        columns={useColumns(setOpen)}
        rows={list.data?.items}
        rowId={(r) => r.id}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={
          <Empty icon={<IconReportAnalytics size={34} stroke={1.4} />} title={t.noneTitle}>
            {t.none}
          </Empty>
        }
        footer={<Pager walk={walk} next={list.data?.next_cursor} zone={browserZone} />}
      />
      <ReportCheck />
      {open && <ReportDetail report={open} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function useColumns(onOpen: (r: Report) => void): Column<Report>[] {
  const m = useMessages();
  const t = m.operator.reports;
  const weekOf = useWeekOf();
  const state = (r: Report) => {
    if (r.delivered_at) return <Status tone="good" label={t.states.delivered} />;
    return r.alerted_at ? (
      <Status tone="bad" label={t.states.undelivered} />
    ) : (
      <Status tone="waiting" label={t.states.waiting} />
    );
  };
  return [
    { key: 'week', phone: 'lead', header: t.columns.week, render: (r) => <span className="figures">{weekOf(r)}</span> },
    {
      key: 'events',
      header: t.columns.events,
      align: 'end',
      phone: 'hide',
      render: (r) => <span className="figures">{m.common.number(r.events)}</span>,
    },
    { key: 'made', header: t.columns.made, render: (r) => <Time at={r.made_at} zone={browserZone} /> },
    { key: 'state', phone: 'side', header: t.columns.state, render: state },
    {
      key: 'open',
      header: t.columns.open,
      render: (r) => (
        <Button variant="default" size="xs" aria-label={t.openNamed(weekOf(r))} onClick={() => onOpen(r)}>
          {t.open}
        </Button>
      ),
    },
  ];
}
