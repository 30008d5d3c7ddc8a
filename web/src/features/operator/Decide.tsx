import { Button, Card, Checkbox, Fieldset, Group, NativeSelect, Stack, Text, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { Application } from '../../api/types';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { formatPhone } from '../../ui/phone';
import { ReasonDialog } from '../../ui/ReasonDialog';
import { useApiForm } from '../../ui/useApiForm';
import { useDecided } from './useDecision';

/** Approve after three checks, or reject with a reason that the employer reads. */
export function Decide({ account }: { account: Application }) {
  const m = useMessages();
  const t = m.operator.account;
  const decided = useDecided();
  const [rejecting, setRejecting] = useState(false);
  const senders = $api.useQuery('get', '/api/v1/operator/senders');
  const form = useApiForm({
    initialValues: {
      checklist: { registry_checked: false, website_checked: false, employment_plausible: false },
      sender_id: '',
      note: '',
    },
  });
  const approve = $api.useMutation('post', '/api/v1/operator/accounts/{id}/approve', {
    onSuccess: () => decided(t.approved(account.legal_name)),
    onError: form.refuse,
  });
  const reject = $api.useMutation('post', '/api/v1/operator/accounts/{id}/reject', {
    onSuccess: () => void decided(t.rejected(account.legal_name)),
  });
  const values = form.getValues();
  const checked = Object.values(values.checklist).every(Boolean);
  const checks = Object.keys(t.checks) as (keyof typeof t.checks)[];
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.decide}
      </Title>
      <form
        onSubmit={form.onSubmit(({ checklist, sender_id, note }) => {
          form.clearFailure();
          approve.mutate({
            params: { path: { id: account.id } },
            body: { checklist, ...(note ? { note } : {}), ...(sender_id ? { sender_id } : {}) },
          });
        })}
      >
        <Stack>
          <Fieldset legend={t.checklist} variant="unstyled">
            <Stack gap="xs" mt="xs">
              {checks.map((c) => (
                <Checkbox key={c} label={t.checks[c]} {...form.getInputProps(`checklist.${c}`, { type: 'checkbox' })} />
              ))}
            </Stack>
          </Fieldset>
          <NativeSelect
            label={t.sender}
            data={[
              { value: '', label: t.senderAuto },
              ...(senders.data?.items ?? [])
                .filter((s) => s.active)
                .map((s) => ({ value: s.id, label: t.senderOption(formatPhone(s.number), s.accounts) })),
            ]}
            {...form.getInputProps('sender_id')}
          />
          <Textarea label={t.note} autosize minRows={2} maxLength={1000} {...form.getInputProps('note')} />
          <FormFailure text={form.failure} />
          <Group gap="xs">
            <Button type="submit" disabled={!checked} loading={approve.isPending}>
              {t.approve}
            </Button>
            <Button variant="outline" color="red" onClick={() => setRejecting(true)}>
              {t.reject}
            </Button>
          </Group>
          {!checked && (
            <Text size="xs" c="dimmed">
              {t.approveLocked}
            </Text>
          )}
        </Stack>
      </form>
      <ReasonDialog
        opened={rejecting}
        onClose={() => setRejecting(false)}
        title={t.rejectTitle(account.legal_name)}
        label={t.reason}
        hint={t.rejectHint}
        confirmLabel={t.reject}
        color="red"
        onConfirm={(reason) => reject.mutateAsync({ params: { path: { id: account.id } }, body: { reason } })}
      />
    </Card>
  );
}
