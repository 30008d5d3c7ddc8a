import { Button, Card, Group, NativeSelect, Stack, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { rememberMe, useMe } from '../../session/session';
import { Facts } from '../../ui/Facts';
import { FormFailure } from '../../ui/FormFailure';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';
import { AddressChange } from './AddressChange';

/** Who one is: the name and the language of our mails are one's own to change. */
export function ProfileCard() {
  const m = useMessages();
  const t = m.settings;
  const { user } = useMe();
  const queries = useQueryClient();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { name: user.name, language: user.language } });
  // The menu changes the language too; what is saved here must not turn it back.
  const { setFieldValue } = form;
  useEffect(() => setFieldValue('language', user.language), [setFieldValue, user.language]);
  const save = $api.useMutation('patch', '/api/v1/me', {
    onSuccess: (me) => {
      rememberMe(queries, me);
      done(t.saved);
    },
    onError: form.refuse,
  });
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.profile}
      </Title>
      <Facts
        rows={[
          { key: 'email', label: t.email, value: user.email },
          { key: 'role', label: t.role, value: t.roles[user.role] },
        ]}
      />
      <AddressChange />
      <form
        onSubmit={form.onSubmit((body) => {
          form.clearFailure();
          save.mutate({ body });
        })}
      >
        <Stack mt="lg">
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
            label={m.accept.language}
            data={(['en', 'fr'] as const).map((value) => ({ value, label: m.users.languages[value] }))}
            key={form.key('language')}
            {...form.getInputProps('language')}
          />
          <FormFailure text={form.failure} />
          <Group>
            <Button type="submit" variant="default" loading={save.isPending}>
              {t.save}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
