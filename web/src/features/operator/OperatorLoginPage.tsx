import { Alert, Anchor, Box, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { useSpeak } from '../../session/language';
import { operatorQuery } from '../../session/operator';
import { LanguageSwitch } from '../../shell/LanguageSwitch';
import { Logo } from '../../shell/Logo';
import { FormFailure } from '../../ui/FormFailure';
import { Page } from '../../ui/Page';
import { PasswordInput } from '../../ui/PasswordInput';
import { useApiForm } from '../../ui/useApiForm';

const route = getRouteApi('/operator/login');

/** Staff sign in apart from employers, always with a second factor. */
export function OperatorLoginPage() {
  const m = useMessages();
  const t = m.operator.login;
  const { next, note } = route.useSearch();
  const queries = useQueryClient();
  const router = useRouter();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { email: '', password: '', totp: '' } });
  const signIn = $api.useMutation('post', '/api/v1/operator/auth/login', {
    onSuccess: (answer) => {
      queries.clear();
      queries.setQueryData(operatorQuery.queryKey, answer);
      router.history.push(next ?? '/operator/applications');
    },
    onError: form.refuse,
  });
  return (
    <Box component="main" maw={400} mx="auto" px="md" py={64}>
      <Stack gap="xl">
        <Group justify="space-between" wrap="nowrap">
          <Logo sub={m.shell.operatorBrand} />
          <LanguageSwitch onChoose={useSpeak()} />
        </Group>
        <Page title={t.title} description={t.lead} maxWidth={400}>
          {note && (
            <Alert variant="outline" role="status">
              {m.public.login.ended}
            </Alert>
          )}
          <form
            onSubmit={form.onSubmit(({ totp, ...rest }) => {
              form.clearFailure();
              signIn.mutate({ body: { ...rest, totp: totp.replaceAll(/\s/g, '') } });
            })}
          >
            <Stack>
              <TextInput
                label={m.public.login.email}
                type="email"
                autoComplete="username"
                required
                withAsterisk={false}
                key={form.key('email')}
                {...form.getInputProps('email')}
              />
              <PasswordInput
                label={m.public.login.password}
                autoComplete="current-password"
                required
                withAsterisk={false}
                key={form.key('password')}
                {...form.getInputProps('password')}
              />
              <TextInput
                label={t.totp}
                inputMode="numeric"
                autoComplete="one-time-code"
                maxLength={8}
                required
                withAsterisk={false}
                key={form.key('totp')}
                {...form.getInputProps('totp')}
              />
              <FormFailure text={form.failure} />
              <Button type="submit" loading={signIn.isPending}>
                {m.public.login.submit}
              </Button>
            </Stack>
          </form>
          <Text size="sm">
            {t.employers} <Anchor renderRoot={(p) => <Link to="/login" {...p} />}>{t.signIn}</Anchor>
          </Text>
        </Page>
      </Stack>
    </Box>
  );
}
