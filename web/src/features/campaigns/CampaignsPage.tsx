import { Anchor, Button, Group, NativeSelect, Text } from '@mantine/core';
import { IconFilterOff, IconMessage2, IconPlus, IconSpeakerphone } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { $api } from '../../api/client';
import type { Campaign } from '../../api/types';
import { useMessages } from '../../messages/context';
import { campaignStates } from '../../search';
import { useMe } from '../../session/session';
import { type Column, DataTable } from '../../ui/DataTable';
import { awaitsApproval, CampaignStatus } from '../../ui/domain';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { Time } from '../../ui/Time';
import { useCursors } from '../../ui/useCursors';

const route = getRouteApi('/employer/campaigns');

export function CampaignsPage() {
  const m = useMessages();
  const t = m.campaigns;
  const { status } = route.useSearch();
  const navigate = useNavigate({ from: '/campaigns' });
  const { account } = useMe();
  const walk = useCursors(status ?? '');
  const query = { limit: 25, ...(status ? { status } : {}), ...(walk.cursor ? { cursor: walk.cursor } : {}) };
  const list = $api.useQuery(
    'get',
    '/api/v1/campaigns',
    { params: { query } },
    { placeholderData: keepPreviousData, refetchInterval: 10_000 },
  );
  const clear = () => void navigate({ search: {}, replace: true });
  return (
    <Page title={t.title} description={t.lead} actions={<Actions />}>
      <Group gap="xs">
        <NativeSelect
          aria-label={t.statusFilter}
          value={status ?? ''}
          onChange={(e) =>
            void navigate({
              search: { status: campaignStates.find((s) => s === e.currentTarget.value) },
              replace: true,
            })
          }
          data={[
            { value: '', label: t.anyStatus },
            ...campaignStates.map((s) => ({ value: s as string, label: t.status[s] })),
          ]}
        />
      </Group>
      <DataTable
        label={t.title}
        columns={useColumns(account.time_zone)}
        rows={list.data?.items}
        rowId={(c) => c.id}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={
          status ? (
            <Empty
              icon={<IconFilterOff size={34} stroke={1.4} />}
              title={t.noMatchTitle}
              action={
                <Button variant="default" onClick={clear}>
                  {m.common.clearFilters}
                </Button>
              }
            />
          ) : (
            <Empty icon={<IconSpeakerphone size={34} stroke={1.4} />} title={t.noneTitle} action={<Write />}>
              {t.none}
            </Empty>
          )
        }
        footer={<Pager walk={walk} next={list.data?.next_cursor} zone={account.time_zone} />}
      />
    </Page>
  );
}

function Actions() {
  const t = useMessages().saved;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconMessage2 size={17} aria-hidden />}
        renderRoot={(p) => <Link to="/saved-messages" {...p} />}
      >
        {t.link}
      </Button>
      <Write />
    </>
  );
}

function Write() {
  const t = useMessages().campaigns;
  return (
    <Button
      leftSection={<IconPlus size={17} aria-hidden />}
      renderRoot={(p) => <Link to="/campaigns/$id/edit" params={{ id: 'new' }} {...p} />}
    >
      {t.write}
    </Button>
  );
}

function useColumns(zone: string): Column<Campaign>[] {
  const t = useMessages().campaigns;
  return [
    {
      key: 'name',
      header: t.columns.name,
      phone: 'lead',
      render: (c) => (
        <Anchor
          fw={500}
          renderRoot={(p) => (
            <Link
              to={c.status === 'draft' && !awaitsApproval(c) ? '/campaigns/$id/edit' : '/campaigns/$id'}
              params={{ id: c.id }}
              {...p}
            />
          )}
        >
          {c.name}
        </Anchor>
      ),
    },
    { key: 'status', phone: 'side', header: t.columns.status, render: (c) => <CampaignStatus campaign={c} /> },
    {
      key: 'reached',
      header: t.columns.reached,
      render: (c) => (c.status === 'draft' ? '' : <Reached campaign={c} />),
    },
    {
      key: 'when',
      header: t.columns.when,
      render: (c) => <Time at={c.started_at ?? c.start_at ?? c.created_at} zone={zone} />,
    },
  ];
}

function Reached({ campaign }: { campaign: Campaign }) {
  const t = useMessages().campaigns;
  const { answered, answered_no_key, voicemail, total } = campaign.progress;
  return (
    <Text span size="sm" className="figures">
      {t.reached(answered + answered_no_key + voicemail, total)}
    </Text>
  );
}
