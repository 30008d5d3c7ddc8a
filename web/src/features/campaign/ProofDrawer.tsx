import { Box, Card, Drawer, Stack, Text, Title } from '@mantine/core';
import { $api } from '../../api/client';
import type { Proof } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { OutcomeStatus } from '../../ui/domain';
import { Facts } from '../../ui/Facts';
import { ErrorState, Loading } from '../../ui/Notice';
import { Time } from '../../ui/Time';

interface ProofDrawerProps {
  campaignId: string;
  recipientId: string | undefined;
  total: number;
  onClose: () => void;
}

/** Why one phone rang: the consent, the checks and the carrier's ids on one page. */
export function ProofDrawer({ campaignId, recipientId, total, onClose }: ProofDrawerProps) {
  const t = useMessages().campaigns.proof;
  return (
    <Drawer opened={Boolean(recipientId)} onClose={onClose} title={t.title} size="lg">
      {recipientId && <Body campaignId={campaignId} recipientId={recipientId} total={total} />}
    </Drawer>
  );
}

function Body({ campaignId, recipientId, total }: { campaignId: string; recipientId: string; total: number }) {
  const m = useMessages();
  const t = m.campaigns.proof;
  const { account } = useMe();
  const proof = $api.useQuery(
    'get',
    '/api/v1/campaigns/{id}/recipients/{rid}',
    { params: { path: { id: campaignId, rid: recipientId } } },
    { refetchInterval: 3_000 },
  );
  if (proof.error && !proof.data) return <ErrorState error={proof.error} onRetry={proof.refetch} />;
  if (!proof.data) return <Loading lines={8} />;
  const { recipient, consent_event, attempts, position, wording } = proof.data;
  return (
    <Stack gap="lg">
      <div>
        <Title order={2} mb={6}>
          {recipient.name}
        </Title>
        <OutcomeStatus state={recipient.state} />
        {total > 0 && (
          <Text size="sm" c="dimmed" mt={6}>
            {t.position(position, total)}
          </Text>
        )}
      </div>
      <Box>
        <Title order={3} mb="xs">
          {t.consent}
        </Title>
        {consent_event ? (
          <Facts
            rows={[
              {
                key: 'at',
                label: m.employees.events[consent_event.kind] ?? consent_event.kind,
                value: <Time at={consent_event.at} zone={account.time_zone} withZone />,
              },
              { key: 'said', label: t.said, value: consent_event.inbound_text && `“${consent_event.inbound_text}”` },
              { key: 'wording', label: t.wording, value: wording },
              { key: 'version', label: t.version, value: consent_event.wording_version },
              {
                key: 'sid',
                label: t.message,
                value: consent_event.message_sid && <code>{consent_event.message_sid}</code>,
              },
            ]}
          />
        ) : (
          <Text size="sm">{t.noConsent}</Text>
        )}
      </Box>
      <Box>
        <Title order={3} mb="xs">
          {t.calls}
        </Title>
        {attempts.length === 0 ? (
          <Text size="sm">{t.noCalls}</Text>
        ) : (
          <Stack gap="sm">
            {attempts.map((a, i) => (
              <Call key={a.id} attempt={a} number={i + 1} zone={account.time_zone} />
            ))}
          </Stack>
        )}
      </Box>
    </Stack>
  );
}

function Call({ attempt, number, zone }: { attempt: Proof['attempts'][number]; number: number; zone: string }) {
  const m = useMessages();
  const t = m.campaigns.proof;
  const time = (at: string | null) => (at ? <Time at={at} zone={zone} withZone /> : '');
  return (
    <Card withBorder padding="md">
      <Text fw={550} size="sm" mb="xs">
        {t.call(number)}: {t.callStates[attempt.state] ?? attempt.state}
      </Text>
      <Facts
        rows={[
          { key: 'checked', label: t.checked, value: time(attempt.consent_checked_at) },
          { key: 'rang', label: t.rang, value: time(attempt.ringing_at) },
          { key: 'picked', label: t.pickedUp, value: time(attempt.answered_at) },
          { key: 'ended', label: t.ended, value: time(attempt.ended_at) },
          { key: 'key', label: t.key, value: attempt.answer ?? '' },
          { key: 'heard', label: t.heard, value: attempt.heard },
          { key: 'reason', label: t.reason, value: attempt.error },
          { key: 'sid', label: t.carrier, value: attempt.call_sid && <code>{attempt.call_sid}</code> },
        ].filter((r) => r.value !== '')}
      />
    </Card>
  );
}
