import { Anchor, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconArrowLeft, IconPrinter } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { $api } from '../../api/client';
import type { Proof } from '../../api/types';
import { Texts } from '../../consent/ConsentHistory';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { ConsentStatus, OutcomeStatus } from '../../ui/domain';
import { Facts } from '../../ui/Facts';
import { ErrorState, Loading } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { PrintHead } from '../../ui/PrintHead';
import { Time } from '../../ui/Time';
import { useFormatTime } from '../../ui/useFormatTime';
import { ProofCalls } from './ProofCalls';
import { ProofConsent } from './ProofConsent';
import { standing } from './progress';
import { reasonText } from './reason';

const route = getRouteApi('/employer/campaigns/$id/people/$rid');
/** While somebody waits or talks, what is said of them changes. */
const REFRESH_MS = 3_000;

/** Everything that answers, of one phone, why it rang: one page, with an address, for the file. */
export function ProofPage() {
  const t = useMessages().campaigns.proof;
  const { id, rid } = route.useParams();
  const proof = $api.useQuery(
    'get',
    '/api/v1/campaigns/{id}/recipients/{rid}',
    { params: { path: { id, rid } } },
    { refetchInterval: (q) => (isOpen(q.state.data) ? REFRESH_MS : false) },
  );
  if (!proof.data) {
    return (
      <Page title={t.title('')}>
        {proof.error ? <ErrorState error={proof.error} onRetry={proof.refetch} /> : <Loading lines={10} />}
      </Page>
    );
  }
  return <Shown proof={proof.data} />;
}

const isOpen = (p: Proof | undefined) => p?.recipient.state === 'pending' || p?.recipient.state === 'dialling';

function Shown({ proof }: { proof: Proof }) {
  const m = useMessages();
  const t = m.campaigns.proof;
  const { account } = useMe();
  const zone = account.time_zone;
  const rang = proof.attempts.length > 0;
  return (
    <Page
      title={rang ? t.title(proof.recipient.name) : t.titleNot(proof.recipient.name)}
      maxWidth={860}
      above={<Back proof={proof} />}
      description={<Summary proof={proof} />}
      actions={
        <Button
          variant="default"
          className="no-print"
          leftSection={<IconPrinter size={17} aria-hidden />}
          onClick={() => print()}
        >
          {m.common.print}
        </Button>
      }
    >
      <PrintHead filters={[]}>{proof.campaign.name}</PrintHead>
      <Section title={t.consentTitle}>
        <ProofConsent proof={proof} zone={zone} />
      </Section>
      <Section title={t.calls}>
        <ProofCalls proof={proof} zone={zone} />
      </Section>
      <Section title={t.listTitle}>
        <List proof={proof} zone={zone} />
      </Section>
      <Section title={t.texts}>
        <Texts messages={proof.messages} zone={zone} />
      </Section>
      <Anchor
        size="sm"
        className="no-print"
        renderRoot={(p) => (
          <Link to="/employees" search={{ open: proof.recipient.employee_id }} {...p}>
            {t.history}
          </Link>
        )}
      />
    </Page>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={2} size="h3" mb="sm">
        {title}
      </Title>
      {children}
    </section>
  );
}

function Back({ proof }: { proof: Proof }) {
  const t = useMessages().campaigns.proof;
  return (
    <Anchor
      size="sm"
      className="no-print"
      renderRoot={(p) => <Link to="/campaigns/$id" params={{ id: proof.campaign.id }} {...p} />}
    >
      <Group gap={4} component="span">
        <IconArrowLeft size={15} aria-hidden />
        {t.back(proof.campaign.name)}
      </Group>
    </Anchor>
  );
}

/** Whose phone it is and what came of it, in a line. */
function Summary({ proof }: { proof: Proof }) {
  const m = useMessages();
  const t = m.campaigns.proof;
  const r = proof.recipient;
  const why = reasonText(r.reason, m);
  const answer = r.answer === null ? '' : `${r.answer} ${r.answer_label}`;
  const said = [r.phone_masked, proof.attempts.length > 0 ? t.rang(proof.attempts.length) : t.noCalls, answer, why];
  return (
    <Group gap="sm" mt={6}>
      <OutcomeStatus state={standing(r)} />
      <Text size="sm" className="figures">
        {said.filter(Boolean).join(' · ')}
      </Text>
    </Group>
  );
}

/** The frozen list that the call went by, and the hours that bind this phone. */
function List({ proof, zone }: { proof: Proof; zone: string }) {
  const m = useMessages();
  const t = m.campaigns.proof;
  const formatTime = useFormatTime();
  const { campaign, hours, recipient } = proof;
  const span = t.span(formatTime(hours.open_from, zone), formatTime(hours.open_until, zone));
  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        <Facts
          rows={[
            { key: 'campaign', label: m.campaigns.columns.name, value: campaign.name },
            {
              key: 'launched',
              label: t.launched,
              value: campaign.launched_at && (
                <>
                  <Time at={campaign.launched_at} zone={zone} withZone />{' '}
                  {campaign.launched_by && t.by(campaign.launched_by)}
                </>
              ),
            },
            { key: 'place', label: t.place, value: t.position(recipient.position, campaign.manifest_total) },
            { key: 'manifest', label: t.manifest, value: <code>{campaign.manifest_hash}</code> },
            { key: 'plan', label: t.plan, value: <code>{campaign.plan_hash}</code> },
            { key: 'hours', label: t.hoursTitle, value: `${t.hours(hours.country)}, ${t.zones(hours.time_zones)}` },
            { key: 'next', label: t.nextHours, value: isOpen(proof) && `${span} ${zone}` },
          ].filter((row) => row.value)}
        />
        <Text size="xs" c="dimmed">
          {t.manifestHint}
        </Text>
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {t.standing}
          </Text>
          <ConsentStatus state={proof.consent.state} />
          {proof.consent.event && (
            <Text size="sm">{t.since(`${formatTime(proof.consent.event.at, zone)} ${zone}`)}</Text>
          )}
        </Group>
      </Stack>
    </Card>
  );
}
