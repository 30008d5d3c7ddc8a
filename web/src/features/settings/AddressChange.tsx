import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { PasswordInput } from '../../ui/PasswordInput';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';
import { CodeInput, useGuarded } from './CodeInput';

/** Another address of one's own; the new mailbox decides. */
export function AddressChange() {
  const t = useMessages().settings.emailChange;
  const [asking, setAsking] = useState(false);
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

function AskForm({ onClose }: { onClose: () => void }) {
  const m = useMessages().settings;
  const t = m.emailChange;
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { email: '', current_password: '', code: '' } });
  const guarded = useGuarded();
  const ask = $api.useMutation('post', '/api/v1/me/email', {
    onSuccess: () => {
      done(t.sent);
      onClose();
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit((body) => {
        form.clearFailure();
        ask.mutate({ body: guarded.body(body) });
      })}
    >
      <Stack>
        <Text size="sm">{t.lead}</Text>
        <TextInput
          label={t.address}
          type="email"
          autoComplete="email"
          required
          withAsterisk={false}
          data-autofocus
          key={form.key('email')}
          {...form.getInputProps('email')}
        />
        <PasswordInput
          label={m.currentPassword}
          autoComplete="current-password"
          required
          withAsterisk={false}
          key={form.key('current_password')}
          {...form.getInputProps('current_password')}
        />
        {guarded.on && <CodeInput key={form.key('code')} {...form.getInputProps('code')} />}
        <FormFailure text={form.failure} />
        <Group>
          <Button type="submit" loading={ask.isPending || guarded.loading}>
            {t.send}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
