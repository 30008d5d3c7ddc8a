import { Card, Stack, Text } from '@mantine/core';
import type { Proof, ProofEvent } from '../../api/types';
import { useMessages } from '../../messages/context';
import { Facts } from '../../ui/Facts';
import { Time } from '../../ui/Time';

/** The rows of the ledger that the calls relied on: mostly one, two where a yes was given anew between two calls. */
export function ProofConsent({ proof, zone }: { proof: Proof; zone: string }) {
  const t = useMessages().campaigns.proof;
  const ids = [...new Set(proof.attempts.map((a) => a.consent_event_id))];
  if (ids.length === 0) return <Text size="sm">{t.noConsent}</Text>;
  return (
    <Stack gap="sm">
      {ids.map((id) => (
        <Relied key={id} id={id} event={proof.attempts.find((a) => a.consent_event_id === id)?.consent} zone={zone} />
      ))}
    </Stack>
  );
}

function Relied({ id, event, zone }: { id: number; event: ProofEvent | null | undefined; zone: string }) {
  const m = useMessages();
  const t = m.campaigns.proof;
  const e = m.employees;
  if (!event) {
    return (
      <Text size="sm">
        {t.rowOfLedger(id)}: {t.notKept}
      </Text>
    );
  }
  return (
    <Card withBorder padding="md" className="keep-together">
      <Text fw={550} size="sm" mb="xs">
        {e.events[event.kind] ?? event.kind}: <Time at={event.at} zone={zone} withZone />
      </Text>
      <Facts
        rows={[
          { key: 'how', label: t.how, value: e.channels[event.channel] ?? event.channel },
          { key: 'said', label: t.said, value: event.inbound_text && `“${event.inbound_text}”` },
          {
            key: 'carrier',
            label: t.atCarrier,
            value: event.provider_at && <Time at={event.provider_at} zone={zone} withZone />,
          },
          { key: 'asked', label: t.asked, value: event.text && `“${event.text}”` },
          { key: 'wording', label: t.wording, value: event.wording_version },
          { key: 'row', label: t.ledgerRow, value: <code>{id}</code> },
          { key: 'sid', label: t.messageId, value: event.message_sid && <code>{event.message_sid}</code> },
        ].filter((row) => row.value)}
      />
    </Card>
  );
}
