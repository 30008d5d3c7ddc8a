import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconDownload, IconShieldCheck } from '@tabler/icons-react';
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { $api, BASE } from '../../api/client';
import type { AuditPage as AuditRows, Verification } from '../../api/types';
import { AuditFilters } from '../../audit/AuditFilters';
import { AuditTable } from '../../audit/AuditTable';
import { NoRows } from '../../audit/NoRows';
import { isUuid, platformQuestion } from '../../audit/question';
import { useMessages } from '../../messages/context';
import { ErrorState } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { SearchInput } from '../../ui/SearchInput';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { useCursors } from '../../ui/useCursors';

const route = getRouteApi('/operator/audit');

/** The log of the whole platform, and the proof that nothing in it was changed. */
export function OperatorAuditPage() {
  const m = useMessages();
  const t = m.operator.audit;
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/operator/audit' });
  const set = (change: Partial<typeof search>) =>
    void navigate({ search: (prev) => ({ ...prev, ...change }), replace: true });
  const clear = () => void navigate({ search: {}, replace: true });
  const walk = useCursors(JSON.stringify(search));
  const question = platformQuestion(search, browserZone);
  const list = $api.useQuery(
    'get',
    '/api/v1/operator/audit',
    { params: { query: { ...question, limit: 50, ...(walk.cursor ? { cursor: walk.cursor } : {}) } } },
    { placeholderData: keepPreviousData, select: (page: unknown) => page as AuditRows },
  );
  const queries = useQueryClient();
  // What the nightly check found is there at once; a new one may take a minute.
  const kept = $api.useQuery('get', '/api/v1/operator/audit/verifications');
  const verify = $api.useMutation('post', '/api/v1/operator/audit/verify', {
    // It leaves a row of its own.
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['get', '/api/v1/operator/audit'] }),
  });
  const newest = verify.data ?? kept.data?.items[0];
  return (
    <Page
      title={t.title}
      description={t.lead}
      actions={
        <Group gap="xs" className="no-print">
          <Button
            variant="default"
            leftSection={<IconDownload size={17} aria-hidden />}
            component="a"
            href={`${BASE}/operator/audit?${new URLSearchParams({ ...question, format: 'csv' })}`}
            download
          >
            {m.audit.csv}
          </Button>
          <Button
            leftSection={<IconShieldCheck size={17} aria-hidden />}
            loading={verify.isPending}
            onClick={() => verify.mutate({})}
          >
            {t.verify}
          </Button>
        </Group>
      }
    >
      {verify.error && <ErrorState error={verify.error} onRetry={() => verify.mutate({})} />}
      {newest && <Verdict v={newest} />}
      <AuditFilters
        search={search}
        onChange={set}
        onClear={clear}
        groups={{ ...m.audit.groups, ...m.audit.platformGroups }}
      >
        <SearchInput
          label={t.account}
          value={search.account}
          onChange={(account) => set({ account })}
          error={search.account && !isUuid(search.account) ? t.accountWrong : undefined}
        />
        <SearchInput label={t.subject} value={search.subject} onChange={(subject) => set({ subject })} />
        <SearchInput label={t.request} value={search.request} onChange={(request) => set({ request })} />
      </AuditFilters>
      <AuditTable
        rows={list.data?.items}
        zone={browserZone}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={<NoRows filtered={Object.values(search).some(Boolean)} onClear={clear} />}
        footer={<Pager walk={walk} next={list.data?.next_cursor} zone={browserZone} />}
      />
    </Page>
  );
}

function Verdict({ v }: { v: Verification }) {
  const t = useMessages().operator.audit;
  if (v.first_bad) {
    const b = v.first_bad;
    return (
      <Alert color="red" variant="outline" title={t.bad} role="alert">
        {b.source === 'checkpoint' ? b.why : t.badAt(b.chain, b.seq, b.source, b.row_id, b.why)}
        <Made v={v} />
      </Alert>
    );
  }
  return (
    <Alert color="teal" variant="outline" role="status">
      <Stack gap={2}>
        <Text size="sm">{t.ok(v.chains, v.seals)}</Text>
        <Text size="sm" c="dimmed">
          {t.unsealed(v.unsealed)} {t.checkpoints(v.checkpoints)} {v.purged > 0 && t.purged(v.purged)}{' '}
          {v.erased > 0 && t.erased(v.erased)}
        </Text>
        <Made v={v} />
      </Stack>
    </Alert>
  );
}

function Made({ v }: { v: Verification }) {
  const t = useMessages().operator.audit;
  return (
    <Text size="sm" c="dimmed">
      {v.nightly ? t.nightly : t.asked} <Time at={v.at} zone={browserZone} withZone />,{' '}
      {t.took((v.took_ms / 1000).toFixed(1))}
    </Text>
  );
}
