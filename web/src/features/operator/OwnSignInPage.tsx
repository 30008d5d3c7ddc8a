import { Button, Card, Group, Stack, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { operatorQuery } from '../../session/operator';
import { FormFailure } from '../../ui/FormFailure';
import { ErrorState, Loading } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { PasswordInput } from '../../ui/PasswordInput';
import { SessionRows } from '../../ui/SessionRows';
import { browserZone } from '../../ui/time';
import { done, refused } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';

const sessionsKey = ['get', '/api/v1/operator/auth/sessions'];

/** An operator's own password, and where they are signed in. */
export function OwnSignInPage() {
  const t = useMessages().operator.own;
  return (
    <Page title={t.title}>
      <Stack maw={520}>
        <Password />
        <Sessions />
      </Stack>
    </Page>
  );
}

function Password() {
  const m = useMessages();
  const t = m.settings;
  const queries = useQueryClient();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { current_password: '', totp: '', password: '' } });
  const change = $api.useMutation('post', '/api/v1/operator/auth/password', {
    onSuccess: (me) => {
      queries.setQueryData(operatorQuery.queryKey, me);
      form.reset();
      void queries.invalidateQueries({ queryKey: sessionsKey });
      done(t.passwordChanged);
    },
    onError: form.refuse,
  });
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.password}
      </Title>
      <form
        onSubmit={form.onSubmit(({ totp, ...rest }) => {
          form.clearFailure();
          change.mutate({ body: { ...rest, totp: totp.replaceAll(/\s/g, '') } });
        })}
      >
        <Stack>
          <PasswordInput
            label={t.currentPassword}
            autoComplete="current-password"
            required
            withAsterisk={false}
            key={form.key('current_password')}
            {...form.getInputProps('current_password')}
          />
          <TextInput
            label={m.operator.login.totp}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={8}
            required
            withAsterisk={false}
            key={form.key('totp')}
            {...form.getInputProps('totp')}
          />
          <PasswordInput
            label={t.newPassword}
            description={m.public.register.passwordHint}
            autoComplete="new-password"
            required
            withAsterisk={false}
            key={form.key('password')}
            {...form.getInputProps('password')}
          />
          <FormFailure text={form.failure} />
          <Group>
            <Button type="submit" loading={change.isPending}>
              {t.changePassword}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}

function Sessions() {
  const m = useMessages();
  const queries = useQueryClient();
  const sessions = $api.useQuery('get', '/api/v1/operator/auth/sessions');
  const end = $api.useMutation('delete', '/api/v1/operator/auth/sessions/{id}', {
    onSuccess: () => {
      done(m.settings.sessionEnded);
      void queries.invalidateQueries({ queryKey: sessionsKey });
    },
    onError: (e) => refused(e, m),
  });
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {m.settings.sessions}
      </Title>
      {sessions.error && !sessions.data && <ErrorState error={sessions.error} onRetry={sessions.refetch} />}
      {!sessions.data && !sessions.error && <Loading lines={3} />}
      <SessionRows
        items={sessions.data?.items ?? []}
        zone={browserZone}
        {...(end.isPending ? { ending: end.variables.params.path.id } : {})}
        onEnd={(id) => end.mutate({ params: { path: { id } } })}
      />
    </Card>
  );
}
