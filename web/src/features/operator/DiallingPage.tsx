import { Button, Card, Group, Stack, Table, Text, Title } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { ErrorState, Loading } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { ReasonDialog } from '../../ui/ReasonDialog';
import { Status } from '../../ui/Status';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { Health } from './Health';

const PAUSE = ['get', '/api/v1/operator/pause'];

/** The switch for all calls of all accounts, and how the background work stands. */
export function DiallingPage() {
  const m = useMessages();
  const t = m.operator.dialling;
  const pause = $api.useQuery('get', '/api/v1/operator/pause', undefined, { refetchInterval: 5_000 });
  const jobs = $api.useQuery('get', '/api/v1/operator/jobs', undefined, { refetchInterval: 5_000 });
  // What is asked stays what it was, though a colleague may be faster.
  const [asking, setAsking] = useState({ open: false, pausing: true });
  const paused = Boolean(pause.data?.paused_at);
  const queries = useQueryClient();
  const change = $api.useMutation('post', '/api/v1/operator/pause', {
    onSuccess: () => void queries.invalidateQueries({ queryKey: PAUSE }),
  });
  return (
    <Page title={t.title} maxWidth={980}>
      <Card withBorder padding="lg">
        {pause.error && !pause.data && <ErrorState error={pause.error} onRetry={pause.refetch} />}
        {!pause.data && !pause.error && <Loading lines={2} />}
        {pause.data && (
          <Group justify="space-between" align="flex-start">
            <Stack gap={6}>
              <Status tone={paused ? 'paused' : 'good'} label={paused ? t.paused : t.running} />
              <Text size="sm">
                {paused ? (
                  <>
                    {pause.data.reason} · <Time at={pause.data.paused_at} zone={browserZone} withZone />
                  </>
                ) : (
                  t.runningText
                )}
              </Text>
            </Stack>
            <Button
              color={paused ? undefined : 'red'}
              leftSection={
                paused ? <IconPlayerPlay size={17} aria-hidden /> : <IconPlayerPause size={17} aria-hidden />
              }
              onClick={() => setAsking({ open: true, pausing: !paused })}
            >
              {paused ? t.resume : t.pause}
            </Button>
          </Group>
        )}
      </Card>
      <Health />
      <Card withBorder padding="lg">
        <Title order={2} size="h3" mb="md">
          {t.jobs}
        </Title>
        {jobs.error && !jobs.data && <ErrorState error={jobs.error} onRetry={jobs.refetch} />}
        {!jobs.data && !jobs.error && <Loading lines={3} />}
        {jobs.data && <Jobs items={jobs.data.items} />}
      </Card>
      <ReasonDialog
        opened={asking.open}
        onClose={() => setAsking((now) => ({ ...now, open: false }))}
        title={asking.pausing ? t.pauseTitle : t.resumeTitle}
        text={asking.pausing ? t.pauseText : t.resumeText}
        label={t.reason}
        word={asking.pausing ? t.pauseWord : undefined}
        confirmLabel={asking.pausing ? t.pause : t.resume}
        color={asking.pausing ? 'red' : undefined}
        onConfirm={(reason) => change.mutateAsync({ body: { paused: asking.pausing, reason } })}
      />
    </Page>
  );
}

function Jobs({ items }: { items: { kind: string; queue: string; state: string; count: number }[] }) {
  const m = useMessages();
  const t = m.operator.dialling;
  if (items.length === 0) return <Text size="sm">{t.jobsNone}</Text>;
  return (
    <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.kind}</Table.Th>
            <Table.Th>{t.queue}</Table.Th>
            <Table.Th>{t.state}</Table.Th>
            <Table.Th ta="right">{t.count}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((j) => (
            <Table.Tr key={`${j.kind} ${j.queue} ${j.state}`}>
              <Table.Td>{j.kind}</Table.Td>
              <Table.Td>{j.queue}</Table.Td>
              <Table.Td>{j.state}</Table.Td>
              <Table.Td ta="right" className="figures">
                {m.common.number(j.count)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
