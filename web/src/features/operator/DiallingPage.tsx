import { Button, Card, Group, Modal, Stack, Table, Text, Textarea, TextInput, Title } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { ErrorState, Loading } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Status } from '../../ui/Status';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { useApiForm } from '../../ui/useApiForm';
import { Health } from './Health';

const PAUSE = ['get', '/api/v1/operator/pause'];

/** The switch for all calls of all accounts, and how the background work stands. */
export function DiallingPage() {
  const m = useMessages();
  const t = m.operator.dialling;
  const pause = $api.useQuery('get', '/api/v1/operator/pause', undefined, { refetchInterval: 5_000 });
  const jobs = $api.useQuery('get', '/api/v1/operator/jobs', undefined, { refetchInterval: 5_000 });
  const [asking, setAsking] = useState(false);
  const paused = Boolean(pause.data?.paused_at);
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
              onClick={() => setAsking(true)}
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
      <Modal opened={asking} onClose={() => setAsking(false)} title={paused ? t.resumeTitle : t.pauseTitle}>
        {asking && <PauseForm pausing={!paused} onDone={() => setAsking(false)} />}
      </Modal>
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

function PauseForm({ pausing, onDone }: { pausing: boolean; onDone: () => void }) {
  const m = useMessages();
  const t = m.operator.dialling;
  const queries = useQueryClient();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { reason: '' } });
  const [typed, setTyped] = useState('');
  const change = $api.useMutation('post', '/api/v1/operator/pause', {
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: PAUSE });
      onDone();
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit(({ reason }) => {
        form.clearFailure();
        change.mutate({ body: { paused: pausing, reason } });
      })}
    >
      <Stack>
        <Text size="sm">{pausing ? t.pauseText : t.resumeText}</Text>
        <Textarea
          label={t.reason}
          autosize
          minRows={2}
          maxLength={500}
          required
          withAsterisk={false}
          data-autofocus
          key={form.key('reason')}
          {...form.getInputProps('reason')}
        />
        {pausing && (
          <TextInput
            label={m.common.typeToConfirm(t.pauseWord)}
            autoComplete="off"
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
          />
        )}
        <FormFailure text={form.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {m.common.cancel}
          </Button>
          <Button
            type="submit"
            color={pausing ? 'red' : undefined}
            disabled={pausing && typed.trim() !== t.pauseWord}
            loading={change.isPending}
          >
            {pausing ? t.pause : t.resume}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
