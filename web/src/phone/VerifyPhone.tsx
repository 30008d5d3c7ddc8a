import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../api/client';
import { useMessages } from '../messages/context';
import { rememberMe, useMe } from '../session/session';
import { FormFailure } from '../ui/FormFailure';
import { formatPhone } from '../ui/phone';
import { Status } from '../ui/Status';
import { useApiForm } from '../ui/useApiForm';

/** Proves by a code that a phone is the user's own; previews ring no other. */
export function VerifyPhone() {
  const t = useMessages().phone;
  const { user } = useMe();
  const [step, setStep] = useState<'show' | 'number' | { masked: string }>(user.phone_verified ? 'show' : 'number');
  if (step === 'show') {
    return (
      <Group>
        <Text>{formatPhone(user.phone)}</Text>
        <Status tone="good" label={t.verified} />
        <Button size="xs" variant="default" onClick={() => setStep('number')}>
          {t.change}
        </Button>
      </Group>
    );
  }
  if (step === 'number') {
    return <NumberForm initial={user.phone} onSent={(masked) => setStep({ masked })} />;
  }
  return <CodeForm masked={step.masked} onDone={() => setStep('show')} onOther={() => setStep('number')} />;
}

function NumberForm({ initial, onSent }: { initial: string; onSent: (masked: string) => void }) {
  const t = useMessages().phone;
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { phone: initial } });
  const send = $api.useMutation('post', '/api/v1/me/phone', {
    onSuccess: (answer) => onSent(answer.sent_to_masked),
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit((body) => {
        form.clearFailure();
        send.mutate({ body });
      })}
    >
      <Stack gap="sm" align="flex-start">
        <TextInput
          label={t.number}
          type="tel"
          autoComplete="tel"
          required
          withAsterisk={false}
          w="100%"
          maw={280}
          key={form.key('phone')}
          {...form.getInputProps('phone')}
        />
        <FormFailure text={form.failure} />
        <Button type="submit" loading={send.isPending}>
          {t.send}
        </Button>
      </Stack>
    </form>
  );
}

function CodeForm({ masked, onDone, onOther }: { masked: string; onDone: () => void; onOther: () => void }) {
  const t = useMessages().phone;
  const queries = useQueryClient();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { code: '' } });
  const verify = $api.useMutation('post', '/api/v1/me/phone/verify', {
    onSuccess: (me) => {
      rememberMe(queries, me);
      onDone();
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit(({ code }) => {
        form.clearFailure();
        verify.mutate({ body: { code: code.replaceAll(/\D/g, '') } });
      })}
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm" role="status">
          {t.sentTo(masked)}
        </Text>
        <TextInput
          label={t.code}
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={8}
          required
          withAsterisk={false}
          w={140}
          data-autofocus
          key={form.key('code')}
          {...form.getInputProps('code')}
        />
        <FormFailure text={form.failure} />
        <Group gap="xs">
          <Button type="submit" loading={verify.isPending}>
            {t.verify}
          </Button>
          <Button variant="default" onClick={onOther}>
            {t.other}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
