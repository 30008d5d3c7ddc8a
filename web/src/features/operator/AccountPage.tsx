import { Alert, Anchor, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { $api } from '../../api/client';
import type { Application } from '../../api/types';
import { AuditTable } from '../../audit/AuditTable';
import { useMessages } from '../../messages/context';
import { Facts } from '../../ui/Facts';
import { Empty, ErrorState, Loading } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { formatPhone } from '../../ui/phone';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { AccountActions } from './AccountActions';
import { AccountStatus } from './AccountStatus';
import { Decide } from './Decide';
import { DiallingCard } from './DiallingCard';
import { Evidence } from './Evidence';
import { HoldCard } from './HoldCard';
import { LostFactorCard } from './LostFactorCard';
import { NameChangeCard } from './NameChangeCard';

const route = getRouteApi('/operator/accounts/$id');

/** One employer: the facts, the evidence, the decision and what has happened. */
export function AccountPage() {
  const m = useMessages();
  const t = m.operator.account;
  const { id } = route.useParams();
  const query = $api.useQuery('get', '/api/v1/operator/accounts/{id}', { params: { path: { id } } });
  const back = (
    <Anchor size="sm" renderRoot={(p) => <Link to="/operator/accounts" {...p} />}>
      <Group gap={4} component="span">
        <IconArrowLeft size={15} aria-hidden />
        {t.back}
      </Group>
    </Anchor>
  );
  if (!query.data) {
    return (
      <Page title={m.operator.accounts.title} above={back}>
        {query.error ? <ErrorState error={query.error} onRetry={query.refetch} /> : <Loading lines={8} />}
      </Page>
    );
  }
  const { account, events } = query.data;
  return (
    <Page
      title={account.legal_name}
      above={back}
      description={
        <Group gap="xs" mt={6}>
          <AccountStatus status={account.status} />
          {account.approved_by_name && <span>{t.approvedBy(account.approved_by_name)}</span>}
        </Group>
      }
      actions={<AccountActions account={account} />}
    >
      {account.status_reason && (
        <Alert variant="outline" color="orange" title={t.reason}>
          {account.status_reason}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: 'start' }}>
        <CompanyCard account={account} />
        <Stack gap="lg">
          {account.name_change && <NameChangeCard account={account} change={account.name_change} />}
          <ApplicantCard account={account} />
          {account.status === 'active' && <DiallingCard account={account} />}
          {account.status === 'pending_review' && <Decide account={account} />}
          <LostFactorCard account={account} />
          <HoldCard account={account} />
        </Stack>
      </SimpleGrid>
      <section aria-labelledby="history-title">
        <Title order={2} mb="sm" id="history-title">
          {t.history}
        </Title>
        <AuditTable rows={events} zone={browserZone} empty={<Empty icon={null} title={t.noHistory} />} />
        <Text size="sm" c="dimmed" mt="xs">
          {m.common.timesIn(browserZone)}
        </Text>
      </section>
    </Page>
  );
}

function CompanyCard({ account }: { account: Application }) {
  const t = useMessages().operator.account;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.company}
      </Title>
      <Facts
        rows={[
          { key: 'spoken', label: t.fields.spoken_name, value: account.spoken_name },
          { key: 'registry', label: t.fields.registry_number, value: account.registry_number },
          { key: 'region', label: t.fields.region, value: `${account.country}, ${account.province}` },
          { key: 'website', label: t.fields.website, value: <Website url={account.website} /> },
          { key: 'employees', label: t.fields.employee_count, value: account.employee_count },
          { key: 'use', label: t.fields.use_case, value: account.use_case },
          { key: 'callback', label: t.fields.callback_number, value: formatPhone(account.callback_number) },
          { key: 'address', label: t.fields.contact_address, value: account.contact_address },
          { key: 'sender', label: t.fields.sender, value: formatPhone(account.sender_number) },
          {
            key: 'applied',
            label: t.fields.applied,
            value: <Time at={account.applied_at} zone={browserZone} withZone />,
          },
        ]}
      />
    </Card>
  );
}

/** Only web addresses become links: the text came from a stranger. */
function Website({ url }: { url: string }) {
  if (!/^https?:\/\//i.test(url)) return url;
  return (
    <Anchor href={url} target="_blank" rel="noopener noreferrer nofollow" size="sm">
      {url}
    </Anchor>
  );
}

function ApplicantCard({ account }: { account: Application }) {
  const t = useMessages().operator.account;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.applicant}
      </Title>
      <Facts
        rows={[
          { key: 'name', label: t.fields.name, value: account.applicant.name },
          { key: 'email', label: t.fields.email, value: account.applicant.email },
          { key: 'phone', label: t.fields.phone, value: formatPhone(account.applicant.phone) },
          {
            key: 'attestation',
            label: t.attestation,
            value: (
              <>
                <Time at={account.attested_at} zone={browserZone} withZone />
                <br />
                {t.attestedText(account.attestation_version, account.attested_ip)}
              </>
            ),
          },
        ]}
      />
      <Group mt="md" gap="xs">
        <Evidence application={account} />
      </Group>
    </Card>
  );
}
