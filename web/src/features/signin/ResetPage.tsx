import { Alert, Anchor, Button, Stack } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { useMailToken } from '../../session/mailToken';
import { FormFailure } from '../../ui/FormFailure';
import { Page } from '../../ui/Page';
import { PasswordInput } from '../../ui/PasswordInput';
import { useApiForm } from '../../ui/useApiForm';

export function ResetPage() {
  const m = useMessages();
  const t = m.public.reset;
  const token = useMailToken();
  return (
    <Stack py="xl" maw={420} mx="auto">
      <Page title={t.title} description={token ? t.lead : undefined} maxWidth={420}>
        {token ? <ResetForm token={token} /> : <Alert variant="outline">{t.noToken}</Alert>}
        <Anchor size="sm" renderRoot={(p) => <Link to="/forgot-password" {...p} />}>
          {t.again}
        </Anchor>
      </Page>
    </Stack>
  );
}

function ResetForm({ token }: { token: string }) {
  const m = useMessages();
  const t = m.public.reset;
  const navigate = useNavigate();
  // How long it must be depends on the account; the server says it.
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { password: '' } });
  const reset = $api.useMutation('post', '/api/v1/auth/password/reset', {
    onSuccess: () => navigate({ to: '/login', search: { note: 'password' } }),
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit(({ password }) => {
        form.clearFailure();
        reset.mutate({ body: { token, password } });
      })}
    >
      <Stack>
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
        <Button type="submit" loading={reset.isPending}>
          {t.submit}
        </Button>
      </Stack>
    </form>
  );
}
