import { Text, Title } from '@mantine/core';
import { IconMessageQuestion } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { StrayText } from '../../api/types';
import { useMessages } from '../../messages/context';
import { type Column, DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Notice';
import { Pager } from '../../ui/Pager';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { useCursors } from '../../ui/useCursors';

/** Texts of people whom no employer knows: no inbox of an employer shows them. */
export function StrayTexts() {
  const m = useMessages();
  const t = m.operator.strayTexts;
  const walk = useCursors('');
  const list = $api.useQuery(
    'get',
    '/api/v1/operator/stray-texts',
    { params: { query: { limit: 25, ...(walk.cursor ? { cursor: walk.cursor } : {}) } } },
    { placeholderData: keepPreviousData },
  );
  return (
    <>
      <Title order={2} size="h3">
        {t.title}
      </Title>
      <Text size="sm" c="dimmed">
        {t.lead}
      </Text>
      <DataTable
        label={t.title}
        columns={useColumns()}
        rows={list.data?.items}
        rowId={(s) => s.id}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={
          <Empty icon={<IconMessageQuestion size={34} stroke={1.4} />} title={t.noneTitle}>
            {t.none}
          </Empty>
        }
        footer={<Pager walk={walk} next={list.data?.next_cursor} zone={browserZone} />}
      />
    </>
  );
}

function useColumns(): Column<StrayText>[] {
  const t = useMessages().operator.strayTexts;
  const figures = (text: string) => (
    <span className="figures" style={{ whiteSpace: 'nowrap' }}>
      {text}
    </span>
  );
  return [
    { key: 'phone', phone: 'lead', header: t.columns.phone, render: (s) => figures(s.phone_masked) },
    {
      key: 'body',
      header: t.columns.body,
      render: (s) => (
        <Text span size="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>
          {s.body}
        </Text>
      ),
    },
    { key: 'outcome', header: t.columns.outcome, render: (s) => t.outcomes[s.outcome] ?? s.outcome },
    { key: 'number', header: t.columns.number, phone: 'hide', render: (s) => figures(s.number) },
    {
      key: 'received',
      header: t.columns.received,
      render: (s) => <Time at={s.received_at} zone={browserZone} style="short" />,
    },
  ];
}
