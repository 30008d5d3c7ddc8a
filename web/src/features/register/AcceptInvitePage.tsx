import { Alert, Button, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { InvitedTo } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMailToken } from '../../session/mailToken';
import { FormFailure } from '../../ui/FormFailure';
import { Loading, problemText } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { PasswordInput } from '../../ui/PasswordInput';
import { useApiForm } from '../../ui/useApiForm';

/** Where the link of an invitation leads: whose it is, and a password to choose. */
export function AcceptInvitePage() {
  const m = useMessages();
  const t = m.accept;
  const token = useMailToken();
  return (
    <Stack py="xl" maw={460} mx="auto">
      {token ? (
        <Invited token={token} />
      ) : (
        <Page title={t.loading} maxWidth={460}>
          <Alert variant="outline">{t.noToken}</Alert>
        </Page>
      )}
    </Stack>
  );
}

function Invited({ token }: { token: string }) {
  const m = useMessages();
  const t = m.accept;
  // Reading uses nothing up, but it counts as an attempt: once is enough.
  const to = $api.useQuery(
    'post',
    '/api/v1/auth/invitation',
    { body: { token } },
    { staleTime: Number.POSITIVE_INFINITY, retry: false, refetchOnWindowFocus: false },
  );
  const [joined, setJoined] = useState(false);
  if (joined) {
    return (
      <Page title={t.doneTitle} maxWidth={460}>
        <Text role="status">{t.done}</Text>
        <Button renderRoot={(p) => <Link to="/login" {...p} />}>{m.public.verify.signIn}</Button>
      </Page>
    );
  }
  if (!to.data) {
    return (
      <Page title={t.loading} description={to.error ? t.gone : undefined} maxWidth={460}>
        {to.error ? <FormFailure text={problemText(toProblem(to.error), m)} /> : <Loading lines={5} />}
      </Page>
    );
  }
  return (
    <Page title={t.title(to.data.legal_name)} description={t.lead(to.data.role, to.data.email)} maxWidth={460}>
      <JoinForm to={to.data} token={token} onJoined={() => setJoined(true)} />
    </Page>
  );
}

interface JoinFormProps {
  to: InvitedTo;
  token: string;
  onJoined: () => void;
}

function JoinForm({ to, token, onJoined }: JoinFormProps) {
  const m = useMessages();
  const t = m.accept;
  const form = useApiForm({
    mode: 'uncontrolled',
    initialValues: { name: to.name, language: to.language, password: '' },
    validate: { password: (v) => ([...v].length < 15 ? m.public.passwordShort : null) },
  });
  const join = $api.useMutation('post', '/api/v1/auth/invitation/accept', {
    onSuccess: onJoined,
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit((chosen) => {
        form.clearFailure();
        join.mutate({ body: { token, ...chosen } });
      })}
    >
      <Stack>
        <TextInput
          label={t.name}
          autoComplete="name"
          maxLength={100}
          required
          withAsterisk={false}
          key={form.key('name')}
          {...form.getInputProps('name')}
        />
        <NativeSelect
          label={t.language}
          data={(['en', 'fr'] as const).map((value) => ({ value, label: m.users.languages[value] }))}
          key={form.key('language')}
          {...form.getInputProps('language')}
        />
        {/* Password managers keep the address with the password. */}
        <input type="hidden" name="username" autoComplete="username" value={to.email} readOnly />
        <PasswordInput
          label={t.password}
          description={m.public.register.passwordHint}
          autoComplete="new-password"
          required
          withAsterisk={false}
          key={form.key('password')}
          {...form.getInputProps('password')}
        />
        <FormFailure text={form.failure} />
        <Button type="submit" loading={join.isPending}>
          {t.submit}
        </Button>
      </Stack>
    </form>
  );
}
