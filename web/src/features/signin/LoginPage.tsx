import { Alert, Anchor, Button, Checkbox, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import { useMessages } from '../../messages/context';
import { rememberMe } from '../../session/session';
import { FormFailure } from '../../ui/FormFailure';
import { Page } from '../../ui/Page';
import { PasswordInput } from '../../ui/PasswordInput';
import { useApiForm } from '../../ui/useApiForm';

const route = getRouteApi('/public/login');

interface Credentials {
  email: string;
  password: string;
}

export function LoginPage() {
  // Who has typed the right password and is asked for a code.
  const [known, setKnown] = useState<Credentials | null>(null);
  return (
    <Stack py="xl" maw={400} mx="auto">
      {known ? (
        <CodeStep credentials={known} onStartOver={() => setKnown(null)} />
      ) : (
        <PasswordStep onCodeAsked={setKnown} />
      )}
    </Stack>
  );
}

function useSignIn(onError: (thrown: unknown) => void) {
  const { next } = route.useSearch();
  const queries = useQueryClient();
  const router = useRouter();
  return $api.useMutation('post', '/api/v1/auth/login', {
    onSuccess: (me) => {
      // Whatever an earlier person loaded in this tab goes first.
      queries.clear();
      rememberMe(queries, me);
      router.history.push(next ?? '/home');
    },
    onError,
  });
}

function PasswordStep({ onCodeAsked }: { onCodeAsked: (c: Credentials) => void }) {
  const m = useMessages();
  const t = m.public.login;
  const { note } = route.useSearch();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { email: '', password: '' } });
  const signIn = useSignIn((thrown) => {
    if (toProblem(thrown).code === 'totp_required') onCodeAsked(form.getValues());
    else form.refuse(thrown);
  });
  return (
    <Page title={t.title} maxWidth={400}>
      {note && (
        <Alert variant="outline" role="status">
          {note === 'password' ? t.passwordChanged : t.ended}
        </Alert>
      )}
      <form
        onSubmit={form.onSubmit((body) => {
          form.clearFailure();
          signIn.mutate({ body });
        })}
      >
        <Stack>
          <TextInput
            label={t.email}
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            key={form.key('email')}
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label={t.password}
            autoComplete="current-password"
            required
            withAsterisk={false}
            key={form.key('password')}
            {...form.getInputProps('password')}
          />
          <FormFailure text={form.failure} />
          <Button type="submit" loading={signIn.isPending}>
            {t.submit}
          </Button>
        </Stack>
      </form>
      <Group justify="space-between" gap="xs">
        <Anchor size="sm" renderRoot={(p) => <Link to="/forgot-password" {...p} />}>
          {t.forgot}
        </Anchor>
        <Text size="sm">
          {t.noAccount} <Anchor renderRoot={(p) => <Link to="/register" {...p} />}>{m.public.nav.apply}</Anchor>
        </Text>
      </Group>
    </Page>
  );
}

/** The password was right; the phone has the next word, or a code on paper. */
function CodeStep({ credentials, onStartOver }: { credentials: Credentials; onStartOver: () => void }) {
  const t = useMessages().public.login;
  const [onPaper, setOnPaper] = useState(false);
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { code: '', remember_device: false } });
  const signIn = useSignIn(form.refuse);
  return (
    <Page title={t.codeTitle} maxWidth={400}>
      <form
        onSubmit={form.onSubmit(({ code, remember_device }) => {
          form.clearFailure();
          const proof = onPaper ? { recovery_code: code.trim() } : { totp: code.replaceAll(/\s/g, '') };
          signIn.mutate({ body: { ...credentials, ...proof, remember_device } });
        })}
      >
        <Stack>
          <TextInput
            key={`${onPaper} ${form.key('code')}`}
            label={onPaper ? t.recovery : t.totp}
            description={onPaper ? t.recoveryHint : t.totpHint}
            inputMode={onPaper ? 'text' : 'numeric'}
            autoComplete={onPaper ? 'off' : 'one-time-code'}
            maxLength={onPaper ? 40 : 8}
            data-autofocus
            autoFocus
            required
            withAsterisk={false}
            {...form.getInputProps('code')}
          />
          <Checkbox
            label={t.remember}
            key={form.key('remember_device')}
            {...form.getInputProps('remember_device', { type: 'checkbox' })}
          />
          <FormFailure text={form.failure} />
          <Button type="submit" loading={signIn.isPending}>
            {t.submit}
          </Button>
        </Stack>
      </form>
      <Group justify="space-between" gap="xs">
        <Anchor
          component="button"
          type="button"
          size="sm"
          onClick={() => {
            form.clearFailure();
            form.setFieldValue('code', '');
            setOnPaper(!onPaper);
          }}
        >
          {onPaper ? t.useTotp : t.useRecovery}
        </Anchor>
        <Anchor component="button" type="button" size="sm" onClick={onStartOver}>
          {t.startOver}
        </Anchor>
      </Group>
    </Page>
  );
}
