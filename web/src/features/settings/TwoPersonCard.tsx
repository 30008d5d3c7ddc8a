import { Alert, Button, Card, Group, NumberInput, Stack, Switch, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { Account } from '../../api/types';
import { useMessages } from '../../messages/context';
import { meQuery, useMe } from '../../session/session';
import { FormFailure } from '../../ui/FormFailure';
import { done, refused } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';

/** Above which size a campaign needs a second person. */
export function TwoPersonCard() {
  const t = useMessages().settings.twoPerson;
  const m = useMessages().settings;
  const { account, user } = useMe();
  const { above, pending } = account.two_person;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb={4}>
        {t.title}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t.lead}
      </Text>
      <Text size="sm" fw={550} mb="md">
        {above === null ? t.off : t.above(above)}
      </Text>
      {pending && <Pending pending={pending} />}
      {user.role === 'owner' ? (
        // Mounted anew when the size changes, so that the inputs show what holds.
        <SizeForm key={String(above)} above={above} />
      ) : (
        <Text size="sm" c="dimmed">
          {m.ownerOnly}
        </Text>
      )}
    </Card>
  );
}

function SizeForm({ above }: { above: number | null }) {
  const t = useMessages().settings.twoPerson;
  const queries = useQueryClient();
  const form = useApiForm<{ on: boolean; above: number | string }>({
    initialValues: { on: above !== null, above: above ?? 50 },
    validate: { above: (value, { on }) => (on && typeof value !== 'number' ? t.needNumber : null) },
  });
  const { on } = form.getValues();
  const save = $api.useMutation('put', '/api/v1/settings/two-person', {
    onSuccess: async (next) => {
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
      if (next.two_person.pending) form.reset();
      done(next.two_person.pending ? t.waits : t.saved);
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit((values) => {
        form.clearFailure();
        save.mutate({ body: { above: values.on ? Number(values.above) : null } });
      })}
    >
      <Stack>
        <Switch label={t.use} {...form.getInputProps('on', { type: 'checkbox' })} />
        {on && (
          <NumberInput
            label={t.size}
            description={t.sizeHint}
            min={0}
            max={100_000}
            allowDecimal={false}
            allowNegative={false}
            thousandSeparator=","
            maw={260}
            {...form.getInputProps('above')}
          />
        )}
        {above !== null && (
          <Text size="xs" c="dimmed">
            {t.looseHint}
          </Text>
        )}
        <FormFailure text={form.failure} />
        <Group>
          <Button type="submit" variant="default" loading={save.isPending}>
            {t.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A loosening that another owner has yet to confirm. */
function Pending({ pending }: { pending: NonNullable<Account['two_person']['pending']> }) {
  const m = useMessages();
  const t = m.settings.twoPerson;
  const { user } = useMe();
  const queries = useQueryClient();
  const handlers = (words: string) => ({
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
      done(words);
    },
    onError: (e: unknown) => {
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
      refused(e, m);
    },
  });
  const confirm = $api.useMutation('post', '/api/v1/settings/two-person/confirm', handlers(t.confirmed));
  const refuse = $api.useMutation('post', '/api/v1/settings/two-person/refuse', handlers(t.refused));
  const mine = pending.asked_by === user.id;
  return (
    <Alert variant="outline" title={t.pendingTitle} mb="md">
      <Stack gap="sm">
        <Text size="sm">
          {t.pending(pending.asked_by_name, pending.above)} {mine && t.waits}
        </Text>
        {user.role === 'owner' && (
          <Group gap="xs">
            {!mine && (
              <Button
                size="xs"
                loading={confirm.isPending}
                onClick={() => confirm.mutate({ body: { above: pending.above } })}
              >
                {t.confirm}
              </Button>
            )}
            <Button size="xs" variant="default" loading={refuse.isPending} onClick={() => refuse.mutate({})}>
              {mine ? t.withdraw : t.refuse}
            </Button>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}
