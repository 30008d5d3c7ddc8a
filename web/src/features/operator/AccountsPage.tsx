import { Anchor, Button, Group, NativeSelect } from '@mantine/core';
import { IconBuilding } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { $api } from '../../api/client';
import type { Application } from '../../api/types';
import { useMessages } from '../../messages/context';
import { accountStates } from '../../search';
import { type Column, DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { formatPhone } from '../../ui/phone';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { useCursors } from '../../ui/useCursors';
import { AccountStatus } from './AccountStatus';

const route = getRouteApi('/operator/accounts');

export function AccountsPage() {
  const m = useMessages();
  const t = m.operator.accounts;
  const { status } = route.useSearch();
  const navigate = useNavigate({ from: '/operator/accounts' });
  const walk = useCursors(status ?? '');
  const list = $api.useQuery(
    'get',
    '/api/v1/operator/accounts',
    {
      params: { query: { limit: 50, ...(status ? { status } : {}), ...(walk.cursor ? { cursor: walk.cursor } : {}) } },
    },
    { placeholderData: keepPreviousData },
  );
  return (
    <Page title={t.title}>
      <Group>
        <NativeSelect
          aria-label={t.status}
          value={status ?? ''}
          onChange={(e) =>
            void navigate({ search: { status: accountStates.find((s) => s === e.currentTarget.value) }, replace: true })
          }
          data={[
            { value: '', label: t.anyStatus },
            ...accountStates.map((s) => ({ value: s as string, label: t.states[s] })),
          ]}
        />
      </Group>
      <DataTable
        label={t.title}
        columns={useColumns()}
        rows={list.data?.items}
        rowId={(a) => a.id}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={
          <Empty
            icon={<IconBuilding size={34} stroke={1.4} />}
            title={t.noneTitle}
            action={
              status && (
                <Button variant="default" onClick={() => void navigate({ search: {}, replace: true })}>
                  {m.common.clearFilters}
                </Button>
              )
            }
          />
        }
        footer={<Pager walk={walk} next={list.data?.next_cursor} zone={browserZone} />}
      />
    </Page>
  );
}

function useColumns(): Column<Application>[] {
  const m = useMessages();
  const t = m.operator.accounts.columns;
  return [
    {
      key: 'name',
      header: t.name,
      phone: 'lead',
      render: (a) => (
        <Anchor fw={500} renderRoot={(p) => <Link to="/operator/accounts/$id" params={{ id: a.id }} {...p} />}>
          {a.legal_name}
        </Anchor>
      ),
    },
    { key: 'status', phone: 'side', header: t.status, render: (a) => <AccountStatus status={a.status} /> },
    { key: 'sender', header: t.sender, render: (a) => <span className="figures">{formatPhone(a.sender_number)}</span> },
    {
      key: 'employees',
      header: t.employees,
      align: 'end',
      phone: 'hide',
      render: (a) => <span className="figures">{m.common.number(a.employee_count)}</span>,
    },
    { key: 'applied', header: t.applied, phone: 'hide', render: (a) => <Time at={a.applied_at} zone={browserZone} /> },
  ];
}
