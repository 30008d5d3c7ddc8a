import { Card, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Campaign, Progress } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { BarRow, StackedBar } from '../../ui/Bars';
import { outcomeColors } from '../../ui/domain';
import { useFormatTime } from '../../ui/useFormatTime';
import { answered, finals, isOver, isSettled, labelOf, outcomes, reached } from './progress';

/** The four figures read from across a room. */
export function Figures({ campaign }: { campaign: Campaign }) {
  const m = useMessages();
  const t = m.campaigns.live;
  const p = campaign.progress;
  // Whom nobody meant to ring does not count as missed.
  const meant = p.total - p.skipped;
  const share = (n: number) => m.common.percent(n, meant);
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      <Figure label={t.reached} value={reached(p)} note={`${share(reached(p))} · ${t.reachedHint}`} />
      <Figure label={t.answered} value={answered(p)} note={`${share(answered(p))} · ${t.answeredHint}`} />
      {isOver(campaign.status) ? (
        <>
          <Figure label={t.missed} value={meant - reached(p)} note={`${share(meant - reached(p))} · ${t.missedHint}`} />
          <Figure label={t.callsMade} value={p.calls_made} note={t.callsHint} />
        </>
      ) : (
        <>
          <Figure label={t.calling} value={p.dialling} note={t.callingHint(p.rate_per_minute)} />
          <Figure label={t.left} value={p.pending} note={<End progress={p} />} />
        </>
      )}
    </SimpleGrid>
  );
}

function End({ progress }: { progress: Progress }) {
  const t = useMessages().campaigns.live;
  const { account } = useMe();
  const formatTime = useFormatTime();
  if (!progress.expected_end_at) return t.calls(progress.calls_made);
  return t.end(`${formatTime(progress.expected_end_at, account.time_zone, 'short')} ${account.time_zone}`);
}

function Figure({ label, value, note }: { label: string; value: number; note: ReactNode }) {
  const m = useMessages();
  return (
    <Card withBorder padding="md">
      <Text size="sm">{label}</Text>
      <Text fz={{ base: 30, sm: 38 }} fw={650} lh={1.15} className="figures">
        {m.common.number(value)}
      </Text>
      <Text size="xs" c="dimmed">
        {note}
      </Text>
    </Card>
  );
}

/** Everybody of the campaign in one bar. */
export function Outcomes({ progress }: { progress: Progress }) {
  const m = useMessages();
  return (
    <StackedBar
      label={m.campaigns.live.barTitle}
      parts={outcomes
        .filter((o) => progress[o] > 0)
        .map((o) => ({ key: o, label: m.campaigns.outcomes[o], value: progress[o], color: outcomeColors[o] }))}
    />
  );
}

/** One bar per key. */
export function Answers({ campaign }: { campaign: Campaign }) {
  const t = useMessages().campaigns.live;
  const { choices } = campaign.content;
  const all = answered(campaign.progress);
  if (choices.length === 0) return <Text c="dimmed">{t.noChoices}</Text>;
  return (
    <Stack gap="md">
      {choices.map((c) => (
        <BarRow
          key={c.key}
          label={t.choice(c.key, labelOf(campaign, c))}
          value={campaign.progress.answers[String(c.key)] ?? 0}
          of={all}
          color={outcomeColors.answered}
        />
      ))}
      {all === 0 && (
        <Text size="sm" c="dimmed">
          {t.noAnswers}
        </Text>
      )}
    </Stack>
  );
}

/** The books of a campaign that is over: everybody planned has exactly one outcome. */
export function Balance({ campaign }: { campaign: Campaign }) {
  const t = useMessages().campaigns.live;
  if (!isSettled(campaign)) return null;
  return (
    <Text size="sm" className="figures">
      {t.balance(campaign.manifest_total, finals(campaign.progress))}{' '}
      {campaign.manifest_hash && (
        <Text span size="xs" c="dimmed" title={t.manifestHint}>
          {t.manifest} <code>{campaign.manifest_hash.slice(0, 16)}…</code>
        </Text>
      )}
    </Text>
  );
}
