import { Button, Card, Group, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { VerifyPhone } from '../../phone/VerifyPhone';
import { meQuery, useMe } from '../../session/session';
import { Facts } from '../../ui/Facts';
import { FormFailure } from '../../ui/FormFailure';
import { Page } from '../../ui/Page';
import { formatPhone } from '../../ui/phone';
import { zones } from '../../ui/time';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';
import { FactorCard } from './FactorCard';
import { LegalNameChange } from './LegalNameChange';
import { PasswordCard } from './PasswordCard';
import { PeopleCard } from './PeopleCard';
import { ProfileCard } from './ProfileCard';
import { Sessions } from './Sessions';
import { TwoPersonCard } from './TwoPersonCard';

export function SettingsPage() {
  const m = useMessages();
  const t = m.settings;
  const { user } = useMe();
  return (
    <Page title={t.title}>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: 'start' }}>
        <Stack gap="lg">
          <Company />
          {user.role === 'owner' && <PeopleCard />}
          <TwoPersonCard />
        </Stack>
        <Stack gap="lg">
          <ProfileCard />
          <Card withBorder padding="lg">
            <Title order={2} size="h3" mb={4}>
              {m.phone.title}
            </Title>
            <Text size="sm" c="dimmed" mb="md">
              {m.phone.why}
            </Text>
            <VerifyPhone />
          </Card>
          <PasswordCard />
          <FactorCard />
          <Sessions />
        </Stack>
      </SimpleGrid>
    </Page>
  );
}

function Company() {
  const m = useMessages();
  const t = m.settings;
  const { account, user } = useMe();
  const queries = useQueryClient();
  const owner = user.role === 'owner';
  const form = useApiForm({
    mode: 'uncontrolled',
    initialValues: {
      website: account.website,
      callback_number: account.callback_number,
      contact_address: account.contact_address,
      time_zone: account.time_zone,
    },
  });
  const save = $api.useMutation('patch', '/api/v1/settings', {
    onSuccess: () => {
      done(t.saved);
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    },
    onError: form.refuse,
  });
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb={4}>
        {t.company}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {t.companyLead}
      </Text>
      <Facts
        rows={[
          { key: 'legal', label: t.legalName, value: account.legal_name },
          { key: 'spoken', label: t.spokenName, value: account.spoken_name },
          { key: 'registry', label: t.registry, value: account.registry_number },
          { key: 'sender', label: t.sender, value: formatPhone(account.sender_number) },
          { key: 'monthly', label: t.monthly, value: account.monthly_limit },
        ]}
      />
      <LegalNameChange />
      <form
        onSubmit={form.onSubmit((body) => {
          form.clearFailure();
          save.mutate({ body });
        })}
      >
        <Stack mt="lg">
          <TextInput label={t.website} disabled={!owner} key={form.key('website')} {...form.getInputProps('website')} />
          <TextInput
            label={t.callback}
            description={t.callbackHint}
            type="tel"
            disabled={!owner}
            key={form.key('callback_number')}
            {...form.getInputProps('callback_number')}
          />
          <TextInput
            label={t.address}
            description={t.addressHint}
            disabled={!owner}
            key={form.key('contact_address')}
            {...form.getInputProps('contact_address')}
          />
          <Select
            label={t.zone}
            description={t.zoneHint}
            data={[...zones]}
            searchable
            allowDeselect={false}
            disabled={!owner}
            key={form.key('time_zone')}
            {...form.getInputProps('time_zone')}
          />
          <FormFailure text={form.failure} />
          {owner ? (
            <Group>
              <Button type="submit" loading={save.isPending}>
                {t.save}
              </Button>
            </Group>
          ) : (
            <Text size="sm" c="dimmed">
              {t.ownerOnly}
            </Text>
          )}
        </Stack>
      </form>
    </Card>
  );
}
