import { Alert, Anchor, Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { rememberMe } from '../../session/session';
import { FormFailure } from '../../ui/FormFailure';
import { Page } from '../../ui/Page';
import { useApiForm } from '../../ui/useApiForm';

const route = getRouteApi('/public/login');

export function LoginPage() {
  const m = useMessages();
  const t = m.public.login;
  const { next, note } = route.useSearch();
  const queries = useQueryClient();
  const router = useRouter();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { email: '', password: '' } });
  const signIn = $api.useMutation('post', '/api/v1/auth/login', {
    onSuccess: (me) => {
      // Whatever an earlier person loaded in this tab goes first.
      queries.clear();
      rememberMe(queries, me);
      router.history.push(next ?? '/home');
    },
    onError: form.refuse,
  });
  return (
    <Stack py="xl" maw={400} mx="auto">
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
    </Stack>
  );
}
