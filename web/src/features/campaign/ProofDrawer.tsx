import { Card, Drawer, Stack, Text, Title } from '@mantine/core';
import type { Recipient } from '../../api/types';
import { ConsentHistory } from '../../consent/ConsentHistory';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { OutcomeStatus } from '../../ui/domain';
import { Facts } from '../../ui/Facts';
import { Time } from '../../ui/Time';
import { standing } from './progress';

interface ProofDrawerProps {
  recipient: Recipient | null;
  /** How many people the manifest names. */
  total: number;
  onClose: () => void;
}

/** Why one phone rang: its place in the manifest, the call with the carrier's id, and the consent behind it. */
export function ProofDrawer({ recipient, total, onClose }: ProofDrawerProps) {
  const t = useMessages().campaigns.proof;
  return (
    <Drawer opened={recipient !== null} onClose={onClose} title={t.title} size="lg">
      {recipient && <Body recipient={recipient} total={total} />}
    </Drawer>
  );
}

function Body({ recipient, total }: { recipient: Recipient; total: number }) {
  const t = useMessages().campaigns.proof;
  const { account } = useMe();
  return (
    <Stack gap="lg">
      <div>
        <Title order={2} mb={6}>
          {recipient.name}
        </Title>
        <OutcomeStatus state={standing(recipient)} />
        <Text size="sm" c="dimmed" mt={6}>
          {t.position(recipient.position, total)}
        </Text>
      </div>
      <div>
        <Title order={3} mb="xs">
          {t.calls}
        </Title>
        <Stack gap="sm">
          <LastCall recipient={recipient} zone={account.time_zone} />
          <CalledBack recipient={recipient} zone={account.time_zone} />
        </Stack>
      </div>
      <ConsentHistory id={recipient.employee_id} zone={account.time_zone} />
    </Stack>
  );
}

const answerOf = (r: Recipient) => (r.answer ? `${r.answer} ${r.answer_label}` : '');

/** The person's own call to the number that called them. */
function CalledBack({ recipient, zone }: { recipient: Recipient; zone: string }) {
  const t = useMessages().campaigns.proof;
  const call = recipient.call_back;
  if (!call) return null;
  return (
    <Card withBorder padding="md">
      <Text fw={550} size="sm" mb="xs">
        {t.calledBack}: <Time at={call.at} zone={zone} style="full" withZone />
      </Text>
      <Facts
        rows={[
          { key: 'heard', label: t.heard, value: t.heards[call.heard] ?? call.heard },
          { key: 'key', label: t.key, value: call.answer ? answerOf(recipient) : '' },
          { key: 'sid', label: t.carrier, value: <code>{call.call_sid}</code> },
        ].filter((r) => r.value !== '')}
      />
    </Card>
  );
}

function LastCall({ recipient, zone }: { recipient: Recipient; zone: string }) {
  const t = useMessages().campaigns.proof;
  const call = recipient.last_attempt;
  if (!call) return <Text size="sm">{t.noCalls}</Text>;
  const time = (at: string | null) => (at ? <Time at={at} zone={zone} style="full" withZone /> : '');
  return (
    <Card withBorder padding="md">
      <Text fw={550} size="sm" mb="xs">
        {t.call(recipient.attempts_made)}: {t.callStates[call.state] ?? call.state}
      </Text>
      <Facts
        rows={[
          { key: 'rang', label: t.rang, value: time(call.ringing_at) },
          { key: 'picked', label: t.pickedUp, value: time(call.answered_at) },
          { key: 'ended', label: t.ended, value: time(call.ended_at) },
          {
            key: 'by',
            label: t.answeredBy,
            value: call.answered_by && (t.answeredBys[call.answered_by] ?? call.answered_by),
          },
          { key: 'key', label: t.key, value: recipient.answered_by_callback ? '' : answerOf(recipient) },
          { key: 'reason', label: t.reason, value: call.error },
          { key: 'sid', label: t.carrier, value: call.call_sid ? <code>{call.call_sid}</code> : '' },
        ].filter((r) => r.value !== '')}
      />
    </Card>
  );
}
