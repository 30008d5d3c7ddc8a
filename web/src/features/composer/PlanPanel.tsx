import { Alert, Box, Divider, List, Stack, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { client } from '../../api/client';
import type { Plan } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { StackedBar } from '../../ui/Bars';
import { forecastText } from '../../ui/forecast';
import { ErrorState, Loading } from '../../ui/Notice';
import { formatTime } from '../../ui/time';
import { useFormatTime } from '../../ui/useFormatTime';
import type { Draft } from './draft';
import { writtenLanguages } from './draft';
import { LaunchButton } from './LaunchButton';
import { PreviewButtons } from './PreviewButtons';
import { Spoken } from './Spoken';
import { summarize } from './summary';
import type { SaveState } from './useAutosave';

interface PlanPanelProps {
  id: string | null;
  draft: Draft;
  /** What is missing before the draft can be planned. */
  gaps: string[];
  save: SaveState;
  /** The draft as sent; a plan belongs to exactly one. */
  content: string;
}

/** Who will ring, who will not and why; then hearing it, then starting it. */
export function PlanPanel({ id, draft, gaps, save, content }: PlanPanelProps) {
  const m = useMessages();
  const t = m.composer.plan;
  const plan = usePlan(id, content, save === 'saved');
  if (gaps.length > 0) {
    return (
      <>
        <Text size="sm" c="dimmed" mb="xs">
          {t.needSave}
        </Text>
        <List size="sm">
          {[...new Set(gaps)].map((gap) => (
            <List.Item key={gap}>{gap}</List.Item>
          ))}
        </List>
      </>
    );
  }
  if (plan.error && !plan.data) return <ErrorState error={plan.error} onRetry={plan.refetch} />;
  if (!id || !plan.data) return save === 'failed' ? <Later /> : <Loading lines={5} />;
  const current = save === 'saved' && !plan.isPlaceholderData;
  return (
    <Stack gap="md">
      <Box aria-busy={!current} style={{ opacity: current ? 1 : 0.55 }}>
        <Who plan={plan.data} />
      </Box>
      <Divider />
      <PreviewButtons id={id} languages={writtenLanguages(draft)} ready={save === 'saved'} />
      <Spoken plan={plan.data} />
      <Divider />
      <LaunchButton
        id={id}
        plan={plan.data}
        current={current}
        startsAt={
          draft.later
            ? `${formatWall(draft.start_date, m.common.locale)}, ${draft.start_time} ${draft.start_zone}`
            : null
        }
        onPlanChanged={() => void plan.refetch()}
      />
    </Stack>
  );
}

/** Nothing is on its way for a draft that the server refused before it had a plan. */
function Later() {
  const t = useMessages().composer.plan;
  return (
    <Text size="sm" c="dimmed">
      {t.refused}
    </Text>
  );
}

/** A plan is asked for anew whenever the stored draft differs, and now and then since people keep answering. */
function usePlan(id: string | null, content: string, ready: boolean) {
  return useQuery({
    queryKey: ['plan', id, content],
    queryFn: async () => {
      const { data } = await client.GET('/api/v1/campaigns/{id}/plan', { params: { path: { id: id ?? '' } } });
      if (!data) throw new Error('no plan in the answer');
      return data;
    },
    enabled: ready && id !== null,
    staleTime: 0,
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  });
}

function Who({ plan }: { plan: Plan }) {
  const m = useMessages();
  const t = m.composer.plan;
  const { account } = useMe();
  const s = summarize(plan);
  const formatTime = useFormatTime();
  const when = (iso: string) => `${formatTime(iso, account.time_zone)} ${account.time_zone}`;
  if (s.callable === 0) {
    return (
      <Stack gap="sm">
        <Alert color="orange" variant="outline" title={t.nobody}>
          {t.nobodyHint}
        </Alert>
        <Skipped plan={plan} />
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <Text fw={600} role="status">
        {t.sentence(s.callable, s.skippedTotal)}
      </Text>
      <StackedBar
        label={t.title}
        parts={[
          { key: 'ring', label: t.ring, value: s.callable, color: 'var(--mantine-color-teal-6)' },
          { key: 'not', label: t.skipped, value: s.skippedTotal, color: 'var(--mantine-color-gray-5)' },
        ]}
      />
      <Text size="sm">
        {plan.first_call_at && t.first(when(plan.first_call_at))} {t.hoursNow(plan.in_hours_now)}{' '}
        {plan.other_language > 0 && t.otherLanguage(plan.other_language)}
      </Text>
      <Text size="sm">{forecastText(plan.forecast, m)}</Text>
      <Skipped plan={plan} />
    </Stack>
  );
}

function Skipped({ plan }: { plan: Plan }) {
  const m = useMessages();
  const t = m.composer.plan;
  const { skipped } = summarize(plan);
  if (skipped.length === 0) return null;
  return (
    <Box>
      <Text size="sm" fw={550} mb={4}>
        {t.skipped}
      </Text>
      <List size="sm" spacing={6} listStyleType="none" pl={0}>
        {skipped.map((s) => (
          <List.Item key={s.reason}>
            <b>{m.common.number(s.count)}</b> {t.reasons[s.reason] ?? s.label}
            <Text size="xs" c="dimmed">
              {s.sample.map((p) => p.name).join(', ')}
              {s.count > s.sample.length && s.sample.length > 0 && ` ${t.andMore(s.count - s.sample.length)}`}
            </Text>
          </List.Item>
        ))}
      </List>
    </Box>
  );
}

/** A wall date is the same day wherever it is read, hence UTC on both sides. */
function formatWall(date: string, locale: string): string {
  return date ? formatTime(`${date}T00:00:00Z`, 'UTC', locale, 'date') : '';
}
