import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { Verification } from '../../api/types';
import { AuditTable } from '../../audit/AuditTable';
import { useMessages } from '../../messages/context';
import { Empty, ErrorState } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { browserZone } from '../../ui/time';
import { useCursors } from '../../ui/useCursors';

/** The log of the whole platform, and the proof that nothing in it was changed. */
export function OperatorAuditPage() {
  const m = useMessages();
  const t = m.operator.audit;
  const walk = useCursors('');
  const list = $api.useQuery(
    'get',
    '/api/v1/operator/audit',
    { params: { query: { limit: 50, ...(walk.cursor ? { cursor: walk.cursor } : {}) } } },
    { placeholderData: keepPreviousData },
  );
  const verify = $api.useQuery('get', '/api/v1/operator/audit/verify', undefined, {
    enabled: false,
    // A verdict is about the moment it was asked for.
    gcTime: 0,
    staleTime: 0,
  });
  return (
    <Page
      title={t.title}
      description={t.lead}
      actions={
        <Button
          leftSection={<IconShieldCheck size={17} aria-hidden />}
          loading={verify.isFetching}
          onClick={() => void verify.refetch()}
        >
          {t.verify}
        </Button>
      }
    >
      {verify.error && <ErrorState error={verify.error} onRetry={verify.refetch} />}
      {verify.data && <Verdict v={verify.data} />}
      <AuditTable
        rows={list.data?.items}
        zone={browserZone}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={<Empty icon={null} title={m.audit.noneTitle} />}
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
        {t.badAt(b.chain, b.seq, b.source, b.row_id, b.why)}
      </Alert>
    );
  }
  return (
    <Alert color="teal" variant="outline" role="status">
      <Stack gap={2}>
        <Text size="sm">{t.ok(v.chains, v.seals)}</Text>
        <Text size="sm" c="dimmed">
          {t.unsealed(v.unsealed)}
        </Text>
      </Stack>
    </Alert>
  );
}
