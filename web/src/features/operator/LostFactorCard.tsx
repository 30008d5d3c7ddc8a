import { Button, Card, Group, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { $api } from '../../api/client';
import type { Application } from '../../api/types';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { useApiForm } from '../../ui/useApiForm';
import { useDecided } from './useDecision';

/** An owner whom nobody of the company can let in again. */
export function LostFactorCard({ account }: { account: Application }) {
  const t = useMessages().operator.account.lostFactor;
  const decided = useDecided();
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { email: '', reason: '' } });
  const ask = $api.useMutation('post', '/api/v1/operator/accounts/{id}/reset-second-factor', {
    onSuccess: () => {
      form.reset();
      void decided(t.asked);
    },
    onError: form.refuse,
  });
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="xs">
        {t.title}
      </Title>
      <form
        onSubmit={form.onSubmit((body) => {
          form.clearFailure();
          ask.mutate({ params: { path: { id: account.id } }, body });
        })}
      >
        <Stack>
          <Text size="sm" c="dimmed">
            {t.lead}
          </Text>
          <TextInput
            label={t.email}
            type="email"
            autoComplete="off"
            required
            withAsterisk={false}
            key={form.key('email')}
            {...form.getInputProps('email')}
          />
          <Textarea
            label={t.reason}
            description={t.hint}
            autosize
            maxLength={500}
            required
            withAsterisk={false}
            key={form.key('reason')}
            {...form.getInputProps('reason')}
          />
          <FormFailure text={form.failure} />
          <Group>
            <Button type="submit" variant="default" loading={ask.isPending}>
              {t.act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
