import { Card, Stack, Text } from '@mantine/core';
import type { Proof } from '../../api/types';
import { useMessages } from '../../messages/context';
import { Facts } from '../../ui/Facts';
import { Time } from '../../ui/Time';
import { useFormatTime } from '../../ui/useFormatTime';

/** Every call to the person and every call of theirs to the number that called. */
export function ProofCalls({ proof, zone }: { proof: Proof; zone: string }) {
  const t = useMessages().campaigns.proof;
  if (proof.attempts.length + proof.call_backs.length === 0) return <Text size="sm">{t.noCalls}</Text>;
  return (
    <Stack gap="sm">
      {proof.attempts.map((attempt, i) => (
        <Attempt key={attempt.id} attempt={attempt} nth={i + 1} zone={zone} />
      ))}
      {proof.call_backs.map((call) => (
        <CalledBack key={call.call_sid} call={call} zone={zone} />
      ))}
    </Stack>
  );
}

function Attempt({ attempt: a, nth, zone }: { attempt: Proof['attempts'][number]; nth: number; zone: string }) {
  const t = useMessages().campaigns.proof;
  const formatTime = useFormatTime();
  const time = (at: string | null) => at && <Time at={at} zone={zone} style="exact" withZone />;
  const hours = a.hours && `${t.span(formatTime(a.hours.from, zone), formatTime(a.hours.until, zone))} ${zone}`;
  return (
    <Card withBorder padding="md" className="keep-together">
      <Text fw={550} size="sm" mb="xs">
        {t.call(nth, t.callStates[a.state] ?? a.state)}
      </Text>
      <Facts
        rows={[
          { key: 'checked', label: t.checked, value: time(a.checked_at) },
          { key: 'relied', label: t.reliedOn, value: a.consent_event_id > 0 && t.rowOfLedger(a.consent_event_id) },
          { key: 'hours', label: t.withinHours, value: hours ?? t.placeChanged },
          { key: 'from', label: t.from, value: a.from },
          { key: 'placed', label: t.placed, value: time(a.placed_at) },
          { key: 'rang', label: t.ringing, value: time(a.ringing_at) },
          { key: 'picked', label: t.pickedUp, value: time(a.answered_at) },
          { key: 'by', label: t.answeredBy, value: a.answered_by && (t.answeredBys[a.answered_by] ?? a.answered_by) },
          { key: 'heard', label: t.heard, value: a.heard && (t.heards[a.heard] ?? a.heard) },
          { key: 'key', label: t.key, value: a.answer !== null && `${a.answer} ${a.answer_label}` },
          {
            key: 'ended',
            label: t.ended,
            value: a.ended_at && (
              <>
                {time(a.ended_at)} {a.duration_s !== null && t.seconds(a.duration_s)}
              </>
            ),
          },
          { key: 'end', label: t.endRequested, value: a.end_requested },
          {
            key: 'error',
            label: t.reason,
            value: a.error && (a.error_code ? `${a.error} (${a.error_code})` : a.error),
          },
          { key: 'sid', label: t.carrier, value: a.call_sid && <code>{a.call_sid}</code> },
        ].filter((row) => row.value)}
      />
    </Card>
  );
}

function CalledBack({ call, zone }: { call: Proof['call_backs'][number]; zone: string }) {
  const t = useMessages().campaigns.proof;
  return (
    <Card withBorder padding="md" className="keep-together">
      <Text fw={550} size="sm" mb="xs">
        {t.calledBack}: <Time at={call.at} zone={zone} style="exact" withZone />
      </Text>
      <Facts
        rows={[
          { key: 'heard', label: t.heard, value: call.heard && (t.heards[call.heard] ?? call.heard) },
          { key: 'key', label: t.key, value: call.answer },
          { key: 'sid', label: t.carrier, value: <code>{call.call_sid}</code> },
        ].filter((row) => row.value)}
      />
    </Card>
  );
}
