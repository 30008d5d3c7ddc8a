import { Button, Stack, Text } from '@mantine/core';
import { IconPlayerPlay, IconUserCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Plan } from '../../api/types';
import { useMessages } from '../../messages/context';
import { meQuery, useMe } from '../../session/session';
import { ConfirmTyped } from '../../ui/ConfirmTyped';
import { FormFailure } from '../../ui/FormFailure';
import { problemText } from '../../ui/Notice';
import { summarize } from './summary';

interface LaunchButtonProps {
  id: string;
  plan: Plan;
  /** Whether the plan belongs to what is written now. */
  current: boolean;
  /** The wall time and zone of a scheduled start. */
  startsAt: string | null;
  onPlanChanged: () => void;
}

/** The only button that makes phones ring; above the company's size it asks a second person instead. */
export function LaunchButton({ id, plan, current, startsAt, onPlanChanged }: LaunchButtonProps) {
  const m = useMessages();
  const t = m.composer.launch;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [changed, setChanged] = useState(false);
  const { callable, word } = summarize(plan);
  const handlers = {
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns'] });
      queries.removeQueries({ queryKey: ['get', '/api/v1/campaigns/{id}'] });
      await navigate({ to: '/campaigns/$id', params: { id } });
    },
    onError: (e: unknown) => {
      const { code } = toProblem(e);
      // Somebody has changed the size for which a second person is needed, or another campaign was launched meanwhile.
      if (code === 'second_person_needed' || code === 'approval_not_needed') {
        void queries.invalidateQueries({ queryKey: meQuery.queryKey });
        onPlanChanged();
      }
      if (code !== 'plan_changed') return;
      setAsking(false);
      setChanged(true);
      onPlanChanged();
    },
  };
  const launch = $api.useMutation('post', '/api/v1/campaigns/{id}/launch', handlers);
  const ask = $api.useMutation('post', '/api/v1/campaigns/{id}/approval', handlers);
  const above = useMe().account.two_person.above ?? 0;
  const ready = current && callable > 0;
  const error = launch.error ?? ask.error;
  const failure = error && toProblem(error).code !== 'plan_changed' ? problemText(toProblem(error), m) : null;
  const open = () => {
    setChanged(false);
    launch.reset();
    ask.reset();
    setAsking(true);
  };
  const target = { params: { path: { id } }, body: { plan_hash: plan.plan_hash } };
  if (plan.second_person_needed) {
    return (
      <Stack gap="xs">
        <FormFailure text={changed ? m.composer.plan.changed : null} />
        <Button size="md" disabled={!ready} leftSection={<IconUserCheck size={18} aria-hidden />} onClick={open}>
          {t.ask(callable)}
        </Button>
        <Text size="xs" c="dimmed">
          {!current && t.locked}
          {current && (callable > above ? t.askHint(above) : t.askHintAddedUp(plan.launched_alone, above))}
        </Text>
        <ConfirmTyped
          opened={asking}
          onClose={() => setAsking(false)}
          title={t.askTitle(callable)}
          confirmLabel={t.askConfirm}
          busy={ask.isPending}
          failure={failure}
          onConfirm={() => ask.mutate(target)}
        >
          {t.askText}
        </ConfirmTyped>
      </Stack>
    );
  }
  return (
    <Stack gap="xs">
      <FormFailure text={changed ? m.composer.plan.changed : null} />
      <Button size="md" disabled={!ready} leftSection={<IconPlayerPlay size={18} aria-hidden />} onClick={open}>
        {startsAt ? t.schedule(callable) : t.now(callable)}
      </Button>
      {!current && (
        <Text size="xs" c="dimmed">
          {t.locked}
        </Text>
      )}
      <ConfirmTyped
        opened={asking}
        onClose={() => setAsking(false)}
        title={startsAt ? t.titleSchedule(callable) : t.title(callable)}
        word={word}
        confirmLabel={startsAt ? t.confirmSchedule : t.confirm(callable)}
        busy={launch.isPending}
        failure={failure}
        onConfirm={() => launch.mutate(target)}
      >
        <p>{startsAt ? t.textSchedule(startsAt) : t.text}</p>
        {word && <p>{t.typeNumber}</p>}
      </ConfirmTyped>
    </Stack>
  );
}
