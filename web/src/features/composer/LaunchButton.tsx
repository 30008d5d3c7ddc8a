import { Button, Stack, Text } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Plan } from '../../api/types';
import { useMessages } from '../../messages/context';
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

/** The only button that makes phones ring. */
export function LaunchButton({ id, plan, current, startsAt, onPlanChanged }: LaunchButtonProps) {
  const m = useMessages();
  const t = m.composer.launch;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const [changed, setChanged] = useState(false);
  const { callable, word } = summarize(plan);
  const launch = $api.useMutation('post', '/api/v1/campaigns/{id}/launch', {
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns'] });
      queries.removeQueries({ queryKey: ['get', '/api/v1/campaigns/{id}'] });
      await navigate({ to: '/campaigns/$id', params: { id } });
    },
    onError: (e) => {
      if (toProblem(e).code !== 'plan_changed') return;
      setAsking(false);
      setChanged(true);
      onPlanChanged();
    },
  });
  const ready = current && callable > 0;
  const failure =
    launch.error && toProblem(launch.error).code !== 'plan_changed' ? problemText(toProblem(launch.error), m) : null;
  return (
    <Stack gap="xs">
      <FormFailure text={changed ? m.composer.plan.changed : null} />
      <Button
        size="md"
        disabled={!ready}
        leftSection={<IconPlayerPlay size={18} aria-hidden />}
        onClick={() => {
          setChanged(false);
          launch.reset();
          setAsking(true);
        }}
      >
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
        onConfirm={() => launch.mutate({ params: { path: { id } }, body: { plan_hash: plan.plan_hash } })}
      >
        <p>{startsAt ? t.textSchedule(startsAt) : t.text}</p>
        {word && <p>{t.typeNumber}</p>}
      </ConfirmTyped>
    </Stack>
  );
}
