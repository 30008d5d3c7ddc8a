import { Button, Card, Group, Modal, NumberInput, Stack, Text, Textarea, Title } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { Application } from '../../api/types';
import { useMessages } from '../../messages/context';
import { Facts } from '../../ui/Facts';
import { FormFailure } from '../../ui/FormFailure';
import { ReasonDialog } from '../../ui/ReasonDialog';
import { Status } from '../../ui/Status';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { useApiForm } from '../../ui/useApiForm';
import { useDecided } from './useDecision';

/** One account's calls: whether they may go out, and how many in a day. */
export function DiallingCard({ account }: { account: Application }) {
  const m = useMessages();
  const t = m.operator.account.dialling;
  const [open, setOpen] = useState<'pause' | 'quota' | null>(null);
  const health = $api.useQuery('get', '/api/v1/operator/dialling', undefined, { refetchInterval: 5_000 });
  const used = health.data?.accounts.find((a) => a.account_id === account.id)?.used ?? 0;
  const close = () => setOpen(null);
  const paused = account.dialling_paused_at !== null;
  const decided = useDecided();
  const change = $api.useMutation('post', '/api/v1/operator/accounts/{id}/pause', {
    onSuccess: (_, { body }) => void decided(body.paused ? t.pauseDone : t.resumeDone),
  });
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.title}
      </Title>
      <Stack gap={6} mb="md">
        <Status tone={paused ? 'paused' : 'good'} label={paused ? t.paused : t.running} />
        {paused && (
          <Text size="sm">
            {account.dialling_pause_reason} · <Time at={account.dialling_paused_at} zone={browserZone} withZone />
          </Text>
        )}
      </Stack>
      <Facts
        rows={[
          { key: 'quota', label: t.quota, value: m.common.number(account.daily_quota) },
          { key: 'used', label: t.used, value: health.data ? m.common.number(used) : '…' },
        ]}
      />
      <Group gap="xs" mt="md">
        <Button
          variant={paused ? 'filled' : 'outline'}
          color={paused ? undefined : 'red'}
          leftSection={paused ? <IconPlayerPlay size={17} aria-hidden /> : <IconPlayerPause size={17} aria-hidden />}
          onClick={() => setOpen('pause')}
        >
          {paused ? t.resume : t.pause}
        </Button>
        <Button variant="default" onClick={() => setOpen('quota')}>
          {t.changeQuota}
        </Button>
      </Group>
      <ReasonDialog
        opened={open === 'pause'}
        onClose={close}
        title={paused ? t.resumeTitle(account.legal_name) : t.pauseTitle(account.legal_name)}
        text={paused ? t.resumeText : t.pauseText}
        label={m.operator.account.reason}
        hint={paused ? undefined : t.reasonHint}
        confirmLabel={paused ? t.resume : t.pause}
        color={paused ? undefined : 'red'}
        onConfirm={(reason) =>
          change.mutateAsync({ params: { path: { id: account.id } }, body: { paused: !paused, reason } })
        }
      />
      <Modal opened={open === 'quota'} onClose={close} title={t.quotaTitle(account.legal_name)}>
        {open === 'quota' && <QuotaForm account={account} onClose={close} />}
      </Modal>
    </Card>
  );
}

function QuotaForm({ account, onClose }: { account: Application; onClose: () => void }) {
  const m = useMessages();
  const t = m.operator.account.dialling;
  const decided = useDecided();
  const form = useApiForm<{ daily_quota: number | string; reason: string }>({
    initialValues: { daily_quota: account.daily_quota, reason: '' },
    validate: { daily_quota: (value) => (typeof value === 'number' ? null : t.needNumber) },
  });
  const change = $api.useMutation('post', '/api/v1/operator/accounts/{id}/quota', {
    onSuccess: async () => {
      onClose();
      await decided(t.quotaDone);
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit(({ daily_quota, reason }) => {
        form.clearFailure();
        change.mutate({ params: { path: { id: account.id } }, body: { daily_quota: Number(daily_quota), reason } });
      })}
    >
      <Stack>
        <NumberInput
          label={t.quota}
          description={t.quotaHint}
          min={0}
          max={1_000_000}
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator=","
          data-autofocus
          {...form.getInputProps('daily_quota')}
        />
        <Textarea
          label={m.operator.account.reason}
          autosize
          minRows={2}
          maxLength={500}
          required
          withAsterisk={false}
          {...form.getInputProps('reason')}
        />
        <FormFailure text={form.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" loading={change.isPending}>
            {t.quotaSave}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
