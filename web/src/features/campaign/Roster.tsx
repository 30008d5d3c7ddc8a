import { Anchor, Button, Group, NativeSelect, Text, Title } from '@mantine/core';
import { IconDownload, IconFilterOff, IconPrinter, IconUsers } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { $api, BASE, client } from '../../api/client';
import type { Campaign, Recipient, RecipientPage } from '../../api/types';
import { type Messages, useMessages } from '../../messages/context';
import { attention, type RosterSearch, recipientStates } from '../../search';
import { useMe } from '../../session/session';
import { type Column, DataTable } from '../../ui/DataTable';
import { OutcomeStatus } from '../../ui/domain';
import { Empty } from '../../ui/Notice';
import { Pager } from '../../ui/Pager';
import { PrintHead } from '../../ui/PrintHead';
import { SearchInput } from '../../ui/SearchInput';
import { Time } from '../../ui/Time';
import { useCursors } from '../../ui/useCursors';
import { useFormatTime } from '../../ui/useFormatTime';
import { MOST, usePrintAll } from '../../ui/usePrintAll';
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
  const navigate = useNavigate({ from: '/campaigns/$id' });
  const walk = useCursors(JSON.stringify([campaign.id, filters]));
  const filtered = Boolean(filters.search || filters.state || filters.answer || filters.attention);
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
  const clear = () => set({ search: undefined, state: undefined, answer: undefined, attention: undefined });
  const paper = usePrintAll<Recipient>(async (page) => {
    const params = { path: { id: campaign.id }, query: { ...filters, ...page } };
    const { data } = await client.GET('/api/v1/campaigns/{id}/recipients', { params });
    return data as unknown as RecipientPage;
  });
  const rows = paper.rows ?? list.data?.items;
  return (
    <section aria-labelledby="roster-title">
      <Group justify="space-between" mb="sm">
        <Title order={2} id="roster-title">
          {t.title}
        </Title>
        <Group gap="xs" className="no-print">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPrinter size={15} aria-hidden />}
            loading={paper.busy}
            disabled={!list.data?.items.length}
            onClick={paper.print}
          >
            {t.print}
          </Button>
          {user.role === 'owner' ? (
            <Button
              size="xs"
              variant="default"
              leftSection={<IconDownload size={15} aria-hidden />}
              component="a"
              href={`${BASE}/campaigns/${campaign.id}/recipients?${csvQuery(filters)}`}
              download
            >
              {filtered ? t.csvOfThese : t.csv}
            </Button>
          ) : (
            <Text size="xs" c="dimmed">
              {t.csvOwners}
            </Text>
          )}
        </Group>
      </Group>
      <PrintHead filters={filterWords(campaign, filters, m)}>
        {paper.cut
          ? m.common.printCut(MOST)
          : !paper.rows && list.data?.next_cursor && m.common.printPage(list.data.items.length)}
      </PrintHead>
      <Filters campaign={campaign} filters={filters} set={set} filtered={filtered} onClear={clear} />
      <DataTable
        label={t.title}
        columns={useColumns(campaign, account.time_zone)}
        rows={rows}
        rowId={(r) => r.id}
        rowName={(r) => r.name}
        rowTone={tone}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={<Nobody filtered={filtered} onClear={clear} />}
        footer={<Pager walk={walk} next={list.data?.next_cursor} zone={account.time_zone} />}
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

function useColumns(campaign: Campaign, zone: string): Column<Recipient>[] {
  const t = useMessages().campaigns.roster;
  return [
    {
      key: 'name',
      header: t.columns.name,
      phone: 'lead',
      render: (r) => (
        <>
          <Why campaign={campaign} recipient={r} />
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

/** To the page that answers why this phone rang. */
function Why({ campaign, recipient: r }: { campaign: Campaign; recipient: Recipient }) {
  const t = useMessages().campaigns.roster;
  return (
    <Anchor
      fw={500}
      aria-label={t.why(r.name)}
      renderRoot={(p) => (
        <Link to="/campaigns/$id/people/$rid" params={{ id: campaign.id, rid: r.id }} {...p}>
          {r.name}
        </Link>
      )}
    />
  );
}

/** The file has exactly those whom the page shows. */
function csvQuery(filters: Search): URLSearchParams {
  const query = new URLSearchParams({ format: 'csv' });
  for (const [name, value] of Object.entries(filters)) if (value) query.set(name, String(value));
  return query;
}

/** What the list is narrowed by, as a paper says it. */
function filterWords(campaign: Campaign, filters: Search, m: Messages): string[] {
  const choice = campaign.content.choices.find((c) => c.key === filters.answer);
  return [
    filters.attention && m.campaigns.attention.filters[filters.attention],
    filters.state && m.campaigns.outcomes[filters.state],
    choice && m.campaigns.live.choice(choice.key, labelOf(campaign, choice)),
    filters.search && `“${filters.search}”`,
  ].filter((word): word is string => Boolean(word));
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
  const formatTime = useFormatTime();
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

type Search = RosterSearch;

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
      <NativeSelect
        aria-label={t.attentionFilter}
        value={filters.attention ?? ''}
        onChange={(e) => set({ attention: attention.find((a) => a === e.currentTarget.value) })}
        data={[
          { value: '', label: t.anyAttention },
          ...attention.map((a) => ({ value: a as string, label: m.campaigns.attention.filters[a] })),
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
