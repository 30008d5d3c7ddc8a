import { Alert, Text, Title } from '@mantine/core';
import { IconCheck, IconPhoneOff } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { RecordedOptOut } from '../../api/types';
import { useMessages } from '../../messages/context';
import { type Column, DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { useCursors } from '../../ui/useCursors';
import { OptOutForm } from './OptOutForm';
import { StrayTexts } from './StrayTexts';

/** Opt-outs that reached us by mail or letter: record one, and see those recorded. */
export function OptOutsPage() {
  const m = useMessages();
  const t = m.operator.optOuts;
  const [effect, setEffect] = useState<{ employers: number; calls_ended: number } | null>(null);
  const walk = useCursors('');
  const list = $api.useQuery(
    'get',
    '/api/v1/operator/opt-outs',
    { params: { query: { limit: 25, ...(walk.cursor ? { cursor: walk.cursor } : {}) } } },
    { placeholderData: keepPreviousData },
  );
  return (
    <Page title={t.title} description={t.lead}>
      <OptOutForm onDone={setEffect} />
      {/* Below the form: where one looks after its last button. */}
      {effect && (
        <Alert
          variant="default"
          role="status"
          icon={<IconCheck aria-hidden />}
          title={t.doneTitle}
          withCloseButton
          closeButtonLabel={m.common.close}
          onClose={() => setEffect(null)}
        >
          {t.done(effect.employers, effect.calls_ended)}
        </Alert>
      )}
      <Title order={2} size="h3">
        {t.listTitle}
      </Title>
      <DataTable
        label={t.listTitle}
        columns={useColumns()}
        rows={list.data?.items}
        rowId={(o) => o.id}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={
          <Empty icon={<IconPhoneOff size={34} stroke={1.4} />} title={t.noneTitle}>
            {t.none}
          </Empty>
        }
        footer={<Pager walk={walk} next={list.data?.next_cursor} zone={browserZone} />}
      />
      <StrayTexts />
    </Page>
  );
}

function useColumns(): Column<RecordedOptOut>[] {
  const m = useMessages();
  const t = m.operator.optOuts;
  const words = (text: string) => (
    <Text span size="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>
      {text}
    </Text>
  );
  return [
    {
      key: 'phone',
      phone: 'lead',
      header: t.columns.phone,
      render: (o) => (
        <span className="figures" style={{ whiteSpace: 'nowrap' }}>
          {o.phone_masked}
        </span>
      ),
    },
    {
      key: 'scope',
      header: t.columns.scope,
      render: (o) => words(o.scope === 'platform' ? t.scopes.platform : o.account_name),
    },
    {
      key: 'companies',
      header: t.columns.companies,
      align: 'end',
      phone: 'hide',
      render: (o) => <span className="figures">{m.common.number(o.employers)}</span>,
    },
    {
      key: 'received',
      header: t.columns.received,
      render: (o) => <Time at={o.received_at} zone={browserZone} style="short" />,
    },
    { key: 'evidence', header: t.columns.evidence, render: (o) => words(o.evidence) },
    { key: 'reason', header: t.columns.reason, render: (o) => words(o.reason) },
    {
      key: 'recorded',
      header: t.columns.recorded,
      phone: 'hide',
      render: (o) => (
        <Text span size="sm">
          {o.operator_name}, <Time at={o.recorded_at} zone={browserZone} style="short" />
        </Text>
      ),
    },
  ];
}
