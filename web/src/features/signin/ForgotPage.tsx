import { Anchor, Button, Stack, Text, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { Page } from '../../ui/Page';
import { useApiForm } from '../../ui/useApiForm';

export function ForgotPage() {
  const m = useMessages();
  const t = m.public.forgot;
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { email: '' } });
  const ask = $api.useMutation('post', '/api/v1/auth/password/forgot', { onError: form.refuse });
  return (
    <Stack py="xl" maw={420} mx="auto">
      {ask.isSuccess ? (
        <Page title={t.sentTitle} maxWidth={420}>
          <Text role="status">{t.sent}</Text>
          <Back />
        </Page>
      ) : (
        <Page title={t.title} description={t.lead} maxWidth={420}>
          <form
            onSubmit={form.onSubmit((body) => {
              form.clearFailure();
              ask.mutate({ body });
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
              <FormFailure text={form.failure} />
              <Button type="submit" loading={ask.isPending}>
                {t.submit}
              </Button>
            </Stack>
          </form>
          <Back />
        </Page>
      )}
    </Stack>
  );
}

function Back() {
  const t = useMessages().public.forgot;
  return (
    <Anchor size="sm" renderRoot={(p) => <Link to="/login" {...p} />}>
      {t.back}
    </Anchor>
  );
}
