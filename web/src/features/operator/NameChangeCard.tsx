import { Button, Card, Checkbox, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { $api } from '../../api/client';
import type { Application, NameChange } from '../../api/types';
import { useMessages } from '../../messages/context';
import { Facts } from '../../ui/Facts';
import { FormFailure } from '../../ui/FormFailure';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { useApiForm } from '../../ui/useApiForm';
import { useDecided } from './useDecision';

/** Another legal name: what was checked once is checked again before it holds. */
export function NameChangeCard({ account, change }: { account: Application; change: NameChange }) {
  const t = useMessages().operator.account;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.nameChange.title}
      </Title>
      <Facts
        rows={[
          { key: 'from', label: t.nameChange.from, value: `${account.legal_name}, ${account.registry_number}` },
          { key: 'to', label: t.nameChange.to, value: `${change.legal_name}, ${change.registry_number}` },
          { key: 'by', label: t.nameChange.askedBy, value: change.asked_by_name },
          { key: 'at', label: t.nameChange.askedAt, value: <Time at={change.asked_at} zone={browserZone} withZone /> },
        ]}
      />
      {/* Mounted anew for another wish: no check of one counts for the next. */}
      <Decision key={change.id} account={account} change={change} />
    </Card>
  );
}

function Decision({ account, change }: { account: Application; change: NameChange }) {
  const m = useMessages();
  const t = m.operator.account;
  const decided = useDecided();
  const form = useApiForm({ initialValues: { registry_checked: false, reason: '' } });
  const params = { path: { id: account.id } };
  const approve = $api.useMutation('post', '/api/v1/operator/accounts/{id}/name/approve', {
    onSuccess: () => decided(t.nameChange.approved(change.legal_name)),
    onError: form.refuse,
  });
  const refuse = $api.useMutation('post', '/api/v1/operator/accounts/{id}/name/refuse', {
    onSuccess: () => decided(t.nameChange.refused(account.legal_name)),
    onError: form.refuse,
  });
  const { registry_checked, reason } = form.getValues();
  return (
    <Stack mt="lg">
      <Checkbox label={t.checks.registry_checked} {...form.getInputProps('registry_checked', { type: 'checkbox' })} />
      <Textarea
        label={t.nameChange.reason}
        description={t.rejectHint}
        autosize
        minRows={2}
        maxLength={500}
        {...form.getInputProps('reason')}
      />
      <FormFailure text={form.failure} />
      <Group gap="xs">
        <Button
          disabled={!registry_checked}
          loading={approve.isPending}
          onClick={() => {
            form.clearFailure();
            approve.mutate({ params, body: { change_id: change.id, registry_checked } });
          }}
        >
          {t.nameChange.approve}
        </Button>
        <Button
          variant="outline"
          color="red"
          disabled={!reason.trim()}
          loading={refuse.isPending}
          onClick={() => {
            form.clearFailure();
            refuse.mutate({ params, body: { change_id: change.id, reason } });
          }}
        >
          {t.nameChange.refuse}
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        {t.nameChange.hint}
      </Text>
    </Stack>
  );
}
