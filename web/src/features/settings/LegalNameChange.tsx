import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { meQuery, useMe } from '../../session/session';
import { FormFailure } from '../../ui/FormFailure';
import { done, refused } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';

/** Asks Callshu for another legal name, or shows the one that waits. */
export function LegalNameChange() {
  const t = useMessages().settings.nameChange;
  const { account, user } = useMe();
  const [asking, setAsking] = useState(false);
  if (account.name_change) return <Waiting />;
  if (user.role !== 'owner') return null;
  return (
    <>
      <Group mt="sm">
        <Button size="xs" variant="default" onClick={() => setAsking(true)}>
          {t.ask}
        </Button>
      </Group>
      <Modal opened={asking} onClose={() => setAsking(false)} title={t.ask}>
        {asking && <AskForm onClose={() => setAsking(false)} />}
      </Modal>
    </>
  );
}

function Waiting() {
  const m = useMessages();
  const t = m.settings.nameChange;
  const { account, user } = useMe();
  const queries = useQueryClient();
  const withdraw = $api.useMutation('delete', '/api/v1/settings/legal-name', {
    onSuccess: () => {
      done(t.withdrawn);
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    },
    onError: (e) => refused(e, m),
  });
  const wish = account.name_change;
  if (!wish) return null;
  return (
    <Alert variant="outline" title={t.waitsTitle} mt="md">
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{t.waits(wish.asked_by_name, wish.legal_name, wish.registry_number)}</Text>
        {user.role === 'owner' && (
          <Button size="xs" variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate({})}>
            {t.withdraw}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

function AskForm({ onClose }: { onClose: () => void }) {
  const m = useMessages();
  const t = m.settings.nameChange;
  const { account } = useMe();
  const queries = useQueryClient();
  const form = useApiForm({
    mode: 'uncontrolled',
    initialValues: { legal_name: account.legal_name, registry_number: account.registry_number },
  });
  const ask = $api.useMutation('put', '/api/v1/settings/legal-name', {
    onSuccess: () => {
      onClose();
      done(t.asked);
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit((body) => {
        form.clearFailure();
        ask.mutate({ body });
      })}
    >
      <Stack>
        <Text size="sm">{t.lead}</Text>
        <TextInput
          label={m.settings.legalName}
          maxLength={200}
          required
          withAsterisk={false}
          data-autofocus
          key={form.key('legal_name')}
          {...form.getInputProps('legal_name')}
        />
        <TextInput
          label={m.settings.registry}
          maxLength={60}
          required
          withAsterisk={false}
          key={form.key('registry_number')}
          {...form.getInputProps('registry_number')}
        />
        <FormFailure text={form.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" loading={ask.isPending}>
            {t.send}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
