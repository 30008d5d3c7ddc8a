import { Anchor, Button, Group, NativeSelect, Text, Title } from '@mantine/core';
import { IconDownload, IconFilterOff, IconUsers } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { $api, BASE } from '../../api/client';
import type { Campaign, Recipient, RecipientPage } from '../../api/types';
import { type Messages, useMessages } from '../../messages/context';
import { recipientStates } from '../../search';
import { useMe } from '../../session/session';
import { type Column, DataTable } from '../../ui/DataTable';
import { OutcomeStatus } from '../../ui/domain';
import { Empty } from '../../ui/Notice';
import { Pager } from '../../ui/Pager';
import { SearchInput } from '../../ui/SearchInput';
import { Time } from '../../ui/Time';
import { formatTime } from '../../ui/time';
import { useCursors } from '../../ui/useCursors';
import { ProofDrawer } from './ProofDrawer';
import { labelOf, standing } from './progress';
import { reasonText } from './reason';

const route = getRouteApi('/employer/campaigns/$id');
const PAGE = 50;

/** Everybody of the campaign by name; rows change in place while it runs. */
export function Roster({ campaign, liveNow }: { campaign: Campaign; liveNow: boolean }) {
  const m = useMessages();
  const t = m.campaigns.roster;
  const { account, user } = useMe();
  const filters = route.useSearch();
  const [opened, setOpened] = useState<string | null>(null);
  const navigate = useNavigate({ from: '/campaigns/$id' });
  const walk = useCursors(JSON.stringify([campaign.id, filters]));
  const filtered = Boolean(filters.search || filters.state || filters.answer);
  const list = $api.useQuery(
    'get',
    '/api/v1/campaigns/{id}/recipients',
    {
      params: {
        path: { id: campaign.id },
        query: { ...filters, limit: PAGE, ...(walk.cursor ? { cursor: walk.cursor } : {}) },
      },
    },
    {
      placeholderData: keepPreviousData,
      select: (page: unknown) => page as RecipientPage,
      enabled: campaign.status !== 'draft',
      // Rows move in and out of a filter; the stream only changes those that are shown.
      refetchInterval: liveNow && filtered ? 3_000 : false,
    },
  );
  const set = (change: Partial<typeof filters>) =>
    void navigate({ search: (prev) => ({ ...prev, ...change }), replace: true, resetScroll: false });
  const clear = () => set({ search: undefined, state: undefined, answer: undefined });
  return (
    <section aria-labelledby="roster-title">
      <Group justify="space-between" mb="sm">
        <Title order={2} id="roster-title">
          {t.title}
        </Title>
        {user.role === 'owner' && (
          <Button
            className="no-print"
            size="xs"
            variant="default"
            leftSection={<IconDownload size={15} aria-hidden />}
            component="a"
            href={`${BASE}/campaigns/${campaign.id}/recipients?format=csv`}
            download
          >
            {t.csv}
          </Button>
        )}
      </Group>
      <Filters campaign={campaign} filters={filters} set={set} filtered={filtered} onClear={clear} />
      <DataTable
        label={t.title}
        columns={useColumns(account.time_zone, setOpened)}
        rows={list.data?.items}
        rowId={(r) => r.id}
        rowName={(r) => r.name}
        rowTone={tone}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={<Nobody filtered={filtered} onClear={clear} />}
        footer={<Pager walk={walk} next={list.data?.next_cursor} zone={account.time_zone} />}
      />
      <ProofDrawer
        recipient={list.data?.items.find((r) => r.id === opened) ?? null}
        total={campaign.manifest_total}
        onClose={() => setOpened(null)}
      />
    </section>
  );
}

function tone(r: Recipient): 'good' | 'bad' | 'active' | undefined {
  const at = standing(r);
  if (at === 'answered') return 'good';
  if (at === 'failed') return 'bad';
  return at === 'dialling' ? 'active' : undefined;
}

function useColumns(zone: string, onOpen: (id: string) => void): Column<Recipient>[] {
  const t = useMessages().campaigns.roster;
  return [
    {
      key: 'name',
      header: t.columns.name,
      phone: 'lead',
      render: (r) => (
        <>
          <Anchor
            component="button"
            type="button"
            fw={500}
            ta="left"
            aria-label={t.why(r.name)}
            onClick={() => onOpen(r.id)}
          >
            {r.name}
          </Anchor>
          <Text size="xs" c="dimmed" className="figures">
            {r.phone_masked}
          </Text>
        </>
      ),
    },
    { key: 'state', header: t.columns.state, render: (r) => <Outcome recipient={r} zone={zone} /> },
    { key: 'answer', header: t.columns.answer, render: (r) => answerOf(r, t) },
    {
      key: 'tries',
      header: t.columns.tries,
      align: 'end',
      phone: 'hide',
      render: (r) => <span className="figures">{r.attempts_made}</span>,
    },
    {
      key: 'when',
      header: t.columns.when,
      phone: 'hide',
      render: (r) => {
        const at = r.answered_at ?? r.last_attempt?.ended_at ?? r.last_attempt?.ringing_at;
        return at ? <Time at={at} zone={zone} style="short" /> : '';
      },
    },
  ];
}

function answerOf(r: Recipient, t: Messages['campaigns']['roster']) {
  if (r.answer === null) return '';
  return (
    <Text span size="sm">
      <b>{r.answer}</b> {r.answer_label}
      {r.answered_early && (
        <Text span size="xs" c="dimmed">
          {' '}
          {t.early}
        </Text>
      )}
      {r.answered_by_callback && (
        <Text span size="xs" c="dimmed">
          {' '}
          {t.calledBack}
        </Text>
      )}
    </Text>
  );
}

function Outcome({ recipient, zone }: { recipient: Recipient; zone: string }) {
  const m = useMessages();
  const t = m.campaigns.roster;
  const why = reasonText(recipient.reason, m);
  const lineState = standing(recipient) === 'dialling' ? (recipient.last_attempt?.state ?? '') : '';
  const again = recipient.state === 'pending' && recipient.attempts_made > 0 && recipient.due_at;
  return (
    <Group gap={6}>
      <OutcomeStatus state={standing(recipient)} label={m.campaigns.onTheLine[lineState]} />
      {why && (
        <Text span size="xs" c="dimmed">
          {why}
        </Text>
      )}
      {again && recipient.due_at && (
        <Text span size="xs" c="dimmed">
          {t.due(formatTime(recipient.due_at, zone, 'short'))}
        </Text>
      )}
    </Group>
  );
}

type Search = ReturnType<typeof route.useSearch>;

interface FiltersProps {
  campaign: Campaign;
  filters: Search;
  set: (change: Partial<Search>) => void;
  filtered: boolean;
  onClear: () => void;
}

function Filters({ campaign, filters, set, filtered, onClear }: FiltersProps) {
  const m = useMessages();
  const t = m.campaigns.roster;
  const { choices } = campaign.content;
  return (
    <Group gap="xs" mb="sm" role="search" className="filters no-print">
      <SearchInput label={t.search} value={filters.search} onChange={(v) => set({ search: v })} />
      <NativeSelect
        aria-label={t.filter}
        value={filters.state ?? ''}
        onChange={(e) => set({ state: recipientStates.find((s) => s === e.currentTarget.value) })}
        data={[
          { value: '', label: t.all },
          ...recipientStates.map((s) => ({ value: s as string, label: m.campaigns.outcomes[s] })),
        ]}
      />
      <NativeSelect
        aria-label={t.answerFilter}
        value={filters.answer ? String(filters.answer) : ''}
        onChange={(e) => set({ answer: Number(e.currentTarget.value) || undefined })}
        data={[
          { value: '', label: t.anyAnswer },
          ...choices.map((c) => ({
            value: String(c.key),
            label: m.campaigns.live.choice(c.key, labelOf(campaign, c)),
          })),
        ]}
      />
      {filtered && (
        <Button variant="subtle" leftSection={<IconFilterOff size={16} aria-hidden />} onClick={onClear}>
          {m.common.clearFilters}
        </Button>
      )}
    </Group>
  );
}

function Nobody({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const m = useMessages();
  const t = m.campaigns.roster;
  if (!filtered) return <Empty icon={<IconUsers size={34} stroke={1.4} />} title={t.empty} />;
  return (
    <Empty
      icon={<IconFilterOff size={34} stroke={1.4} />}
      title={t.noMatchTitle}
      action={
        <Button variant="default" onClick={onClear}>
          {m.common.clearFilters}
        </Button>
      }
    />
  );
}
