import { Button, Group, NativeSelect, Stack } from '@mantine/core';
import { IconChecks, IconFilterOff, IconInbox } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { InboxText } from '../../api/types';
import { useMessages } from '../../messages/context';
import { inboxStates } from '../../search';
import { useMe } from '../../session/session';
import { Empty, ErrorState, Loading } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { SearchInput } from '../../ui/SearchInput';
import { useCursors } from '../../ui/useCursors';
import { Decide, type Decision } from './Decide';
import { TextCard } from './TextCard';

const route = getRouteApi('/employer/inbox');
const PAGE = 25;
/** Texts come while the page is open; this is how soon they show. */
const REFRESH_MS = 10_000;

/** The texts that need a person, and what was made of them. */
export function InboxPage() {
  const m = useMessages();
  const t = m.inbox;
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/inbox' });
  const { account } = useMe();
  const [asked, setAsked] = useState<{ text: InboxText; decision: Decision } | null>(null);
  const walk = useCursors(JSON.stringify(search));
  const query = { ...search, limit: PAGE, total: true, ...(walk.cursor ? { cursor: walk.cursor } : {}) };
  const list = $api.useQuery(
    'get',
    '/api/v1/inbox',
    { params: { query } },
    { placeholderData: keepPreviousData, refetchInterval: REFRESH_MS },
  );
  const set = (change: Partial<typeof search>) =>
    void navigate({ search: (prev) => ({ ...prev, ...change }), replace: true });
  const texts = list.data?.items;
  return (
    <Page title={t.title} description={t.lead} maxWidth={860}>
      <Group gap="xs" role="search" className="filters">
        <SearchInput label={t.search} value={search.search} onChange={(v) => set({ search: v })} />
        <NativeSelect
          aria-label={t.show}
          value={search.state ?? 'open'}
          onChange={(e) => set({ state: inboxStates.find((s) => s === e.currentTarget.value && s !== 'open') })}
          data={inboxStates.map((s) => ({ value: s as string, label: t.states[s] }))}
        />
      </Group>
      {list.error && !texts && <ErrorState error={list.error} onRetry={list.refetch} />}
      {!list.error && !texts && <Loading lines={6} height={22} />}
      {texts?.length === 0 && <Nothing search={search} onClear={() => set({ search: undefined })} />}
      {texts && texts.length > 0 && (
        <>
          <Stack component="ul" gap="md" p={0} m={0} aria-label={t.title} style={{ listStyle: 'none' }}>
            {texts.map((text) => (
              <li key={text.id}>
                <TextCard text={text} zone={account.time_zone} onDecide={(decision) => setAsked({ text, decision })} />
              </li>
            ))}
          </Stack>
          <Pager
            walk={walk}
            next={list.data?.next_cursor}
            zone={account.time_zone}
            total={list.data?.total === undefined ? undefined : t.total(list.data.total)}
          />
        </>
      )}
      <Decide asked={asked} onClose={() => setAsked(null)} />
    </Page>
  );
}

function Nothing({ search, onClear }: { search: ReturnType<typeof route.useSearch>; onClear: () => void }) {
  const m = useMessages();
  const t = m.inbox;
  if (search.search) {
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
  if (search.state === 'done') {
    return (
      <Empty icon={<IconInbox size={34} stroke={1.4} />} title={t.noneDoneTitle}>
        {t.noneDone}
      </Empty>
    );
  }
  return (
    <Empty icon={<IconChecks size={34} stroke={1.4} />} title={t.noneTitle}>
      {t.none}
    </Empty>
  );
}
