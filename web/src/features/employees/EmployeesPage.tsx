import { Anchor, Button, Group, NativeSelect, Text } from '@mantine/core';
import { IconAddressBook, IconFilterOff, IconUpload, IconUserPlus } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { Consent, Employee } from '../../api/types';
import { useMessages } from '../../messages/context';
import { consentStates, employeeSorts } from '../../search';
import { useMe } from '../../session/session';
import { type Column, DataTable } from '../../ui/DataTable';
import { ConsentStatus } from '../../ui/domain';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { formatPhone } from '../../ui/phone';
import { SearchInput } from '../../ui/SearchInput';
import { Time } from '../../ui/Time';
import { useCursors } from '../../ui/useCursors';
import { AddEmployee } from './AddEmployee';
import { BulkBar } from './BulkBar';
import { EmployeeDrawer } from './EmployeeDrawer';

const route = getRouteApi('/employer/employees');
const PAGE = 50;
/** Consent changes by text while the page is open; this is how soon it shows. */
const REFRESH_MS = 4_000;

export function EmployeesPage() {
  const m = useMessages();
  const t = m.employees;
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/employees' });
  const { account } = useMe();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [adding, setAdding] = useState(false);
  const { open, ...filters } = search;
  const walk = useCursors(JSON.stringify(filters));
  const query = { ...filters, limit: PAGE, total: true, ...(walk.cursor ? { cursor: walk.cursor } : {}) };
  const list = $api.useQuery(
    'get',
    '/api/v1/employees',
    { params: { query } },
    { placeholderData: keepPreviousData, refetchInterval: REFRESH_MS },
  );
  const filtered = Boolean(search.search || search.consent || search.tag);
  const set = (change: Partial<typeof search>) =>
    void navigate({ search: (prev) => ({ ...prev, ...change }), replace: true });
  const clear = () => set({ search: undefined, consent: undefined, tag: undefined });
  return (
    <Page
      title={t.title}
      description={t.lead}
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconUserPlus size={17} aria-hidden />}
            onClick={() => setAdding(true)}
          >
            {t.add}
          </Button>
          <Button
            leftSection={<IconUpload size={17} aria-hidden />}
            renderRoot={(p) => <Link to="/employees/import" {...p} />}
          >
            {t.import}
          </Button>
        </>
      }
    >
      <Filters search={search} set={set} filtered={filtered} onClear={clear} />
      {picked.size > 0 && <BulkBar ids={picked} onDone={() => setPicked(new Set())} />}
      <DataTable
        label={t.title}
        columns={useColumns(account.time_zone)}
        rows={list.data?.items}
        rowId={(e) => e.id}
        rowName={(e) => e.name}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        selection={{ ids: picked, onChange: setPicked }}
        empty={filtered ? <NoMatch onClear={clear} /> : <NobodyYet />}
        footer={
          <Pager
            walk={walk}
            next={list.data?.next_cursor}
            zone={account.time_zone}
            total={list.data?.total === undefined ? undefined : t.total(list.data.total)}
          />
        }
      />
      <AddEmployee opened={adding} onClose={() => setAdding(false)} />
      <EmployeeDrawer id={open} onClose={() => set({ open: undefined })} />
    </Page>
  );
}

function useColumns(zone: string): Column<Employee>[] {
  const m = useMessages();
  const t = m.employees;
  return [
    {
      key: 'name',
      header: t.columns.name,
      phone: 'lead',
      render: (e) => (
        <Anchor
          fw={500}
          renderRoot={(p) => (
            <Link
              from="/employees"
              to="/employees"
              search={(prev) => ({ ...prev, open: e.id })}
              aria-label={t.open(e.name)}
              resetScroll={false}
              {...p}
            />
          )}
        >
          {e.name}
        </Anchor>
      ),
    },
    {
      key: 'consent',
      phone: 'side',
      header: t.columns.consent,
      render: (e) => <ConsentStatus state={e.consent.state} />,
    },
    {
      key: 'phone',
      header: t.columns.phone,
      render: (e) => (
        <Text span size="sm" className="figures" style={{ whiteSpace: 'nowrap' }}>
          {formatPhone(e.phone)}
        </Text>
      ),
    },
    { key: 'tags', header: t.columns.tags, render: (e) => <Tags tags={e.tags} /> },
    { key: 'language', header: t.columns.language, phone: 'hide', render: (e) => t.languages[e.language] },
    { key: 'zone', header: t.columns.zone, phone: 'hide', render: (e) => e.time_zone || e.zones[0] || m.common.none },
    {
      key: 'since',
      header: t.columns.since,
      phone: 'hide',
      render: (e) => <Time at={e.created_at} zone={zone} style="date" />,
    },
  ];
}

function Tags({ tags }: { tags: string[] }) {
  if (tags.length === 0) return null;
  return (
    <Text span size="sm" c="dimmed">
      {tags.join(', ')}
    </Text>
  );
}

interface FiltersProps {
  search: ReturnType<typeof route.useSearch>;
  set: (change: Partial<ReturnType<typeof route.useSearch>>) => void;
  filtered: boolean;
  onClear: () => void;
}

function Filters({ search, set, filtered, onClear }: FiltersProps) {
  const m = useMessages();
  const t = m.employees;
  const tags = $api.useQuery('get', '/api/v1/employees/tags');
  return (
    <Group gap="xs" role="search" className="filters">
      <SearchInput label={t.search} value={search.search} onChange={(v) => set({ search: v })} />
      <NativeSelect
        aria-label={t.consentFilter}
        value={search.consent ?? ''}
        onChange={(e) => set({ consent: (e.currentTarget.value || undefined) as Consent | undefined })}
        data={[
          { value: '', label: t.anyConsent },
          ...consentStates.map((s) => ({ value: s as string, label: t.consent[s] })),
        ]}
      />
      <NativeSelect
        aria-label={t.tagFilter}
        value={search.tag ?? ''}
        onChange={(e) => set({ tag: e.currentTarget.value || undefined })}
        data={[
          { value: '', label: t.anyTag },
          ...tagOptions(tags.data?.items ?? [], search.tag).map((tag) => ({ value: tag, label: tag })),
        ]}
      />
      <NativeSelect
        aria-label={t.sort}
        value={search.sort ?? 'name'}
        onChange={(e) => set({ sort: employeeSorts.find((s) => s === e.currentTarget.value) })}
        data={employeeSorts.map((s) => ({ value: s as string, label: t.sorts[s] }))}
      />
      {filtered && (
        <Button variant="subtle" leftSection={<IconFilterOff size={16} aria-hidden />} onClick={onClear}>
          {m.common.clearFilters}
        </Button>
      )}
    </Group>
  );
}

/** A tag from the address stays choosable even when nobody carries it any more. */
function tagOptions(known: { tag: string }[], current: string | undefined): string[] {
  const names = known.map((k) => k.tag);
  return current && !names.includes(current) ? [current, ...names] : names;
}

function NoMatch({ onClear }: { onClear: () => void }) {
  const m = useMessages();
  return (
    <Empty
      icon={<IconFilterOff size={34} stroke={1.4} />}
      title={m.employees.noMatchTitle}
      action={
        <Button variant="default" onClick={onClear}>
          {m.common.clearFilters}
        </Button>
      }
    >
      {m.employees.noMatch}
    </Empty>
  );
}

function NobodyYet() {
  const m = useMessages();
  return (
    <Empty
      icon={<IconAddressBook size={34} stroke={1.4} />}
      title={m.employees.noneTitle}
      action={<Button renderRoot={(p) => <Link to="/employees/import" {...p} />}>{m.employees.import}</Button>}
    >
      {m.employees.none}
    </Empty>
  );
}
