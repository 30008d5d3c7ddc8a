import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { PasswordInput } from '../../ui/PasswordInput';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';
import { QrCode } from './QrCode';

/** First the password, then the picture and the first code. */
export function SetUpFactor({ onDone }: { onDone: (codes: string[]) => void }) {
  const t = useMessages().settings;
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { current_password: '' } });
  const begin = $api.useMutation('post', '/api/v1/auth/mfa/totp', { onError: form.refuse });
  if (begin.data) return <FirstCode secret={begin.data.secret} qr={begin.data.qr} onDone={onDone} />;
  return (
    <form
      onSubmit={form.onSubmit((body) => {
        form.clearFailure();
        begin.mutate({ body });
      })}
    >
      <Stack>
        <PasswordInput
          label={t.currentPassword}
          autoComplete="current-password"
          required
          withAsterisk={false}
          data-autofocus
          key={form.key('current_password')}
          {...form.getInputProps('current_password')}
        />
        <FormFailure text={form.failure} />
        <Group>
          <Button type="submit" loading={begin.isPending}>
            {t.factor.goOn}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface FirstCodeProps {
  secret: string;
  qr: { size: number; path: string };
  onDone: (codes: string[]) => void;
}

function FirstCode({ secret, qr, onDone }: FirstCodeProps) {
  const t = useMessages().settings.factor;
  const queries = useQueryClient();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { code: '' } });
  const confirm = $api.useMutation('post', '/api/v1/auth/mfa/totp/confirm', {
    onSuccess: (answer) => {
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/me'] });
      done(t.enabled);
      onDone(answer.recovery_codes ?? []);
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit(({ code }) => {
        form.clearFailure();
        confirm.mutate({ body: { code: code.replaceAll(/\s/g, '') } });
      })}
    >
      <Stack>
        <Text size="sm">{t.scan}</Text>
        <QrCode label={t.picture} size={qr.size} path={qr.path} />
        <Text size="sm">
          {t.byHand} <Code>{(secret.match(/.{1,4}/g) ?? []).join(' ')}</Code>
        </Text>
        <TextInput
          label={t.code}
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={8}
          required
          withAsterisk={false}
          autoFocus
          key={form.key('code')}
          {...form.getInputProps('code')}
        />
        <FormFailure text={form.failure} />
        <Group>
          <Button type="submit" loading={confirm.isPending}>
            {t.confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
