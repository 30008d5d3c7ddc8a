import { Button, Card, Group, Stack, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { rememberMe } from '../../session/session';
import { FormFailure } from '../../ui/FormFailure';
import { PasswordInput } from '../../ui/PasswordInput';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';
import { CodeInput, useGuarded } from './CodeInput';

/** Another password of one's own; where one-time codes are on, for a code. */
export function PasswordCard() {
  const m = useMessages();
  const t = m.settings;
  const queries = useQueryClient();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { current_password: '', password: '', code: '' } });
  const guarded = useGuarded();
  const change = $api.useMutation('post', '/api/v1/auth/password/change', {
    onSuccess: (me) => {
      rememberMe(queries, me);
      form.reset();
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/auth/sessions'] });
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
        onSubmit={form.onSubmit((body) => {
          form.clearFailure();
          change.mutate({ body: guarded.body(body) });
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
          <PasswordInput
            label={t.newPassword}
            description={guarded.on ? t.passwordHintTwo : m.public.register.passwordHint}
            autoComplete="new-password"
            required
            withAsterisk={false}
            key={form.key('password')}
            {...form.getInputProps('password')}
          />
          {guarded.on && <CodeInput key={form.key('code')} {...form.getInputProps('code')} />}
          <FormFailure text={form.failure} />
          <Group>
            <Button type="submit" variant="default" loading={change.isPending || guarded.loading}>
              {t.changePassword}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
