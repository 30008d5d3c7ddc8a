import { Alert, Box, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Approval, Campaign, Plan } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { ConfirmTyped } from '../../ui/ConfirmTyped';
import { forecastText } from '../../ui/forecast';
import { ErrorState, Loading, problemText } from '../../ui/Notice';
import { ReasonDialog } from '../../ui/ReasonDialog';
import { done, refused } from '../../ui/toast';
import { useFormatTime } from '../../ui/useFormatTime';

/** Above this many people the number is typed before the phones ring, as at a launch. */
const TYPE_ABOVE = 50;

/** A draft that somebody wants to launch: the plan and the words, for whoever decides. */
export function ApprovalPanel({ campaign, approval }: { campaign: Campaign; approval: Approval }) {
  const m = useMessages();
  const t = m.campaigns.approval;
  const { user, account } = useMe();
  const formatTime = useFormatTime();
  const plan = $api.useQuery(
    'get',
    '/api/v1/campaigns/{id}/plan',
    { params: { path: { id: campaign.id } } },
    { staleTime: 0, refetchInterval: 15_000 },
  );
  const mine = approval.asked_by === user.id;
  const waiting = approval.state === 'waiting';
  const stale = waiting && plan.data !== undefined && plan.data.plan_hash !== approval.plan_hash;
  const when = `${formatTime(approval.asked_at, account.time_zone)} ${account.time_zone}`;
  return (
    <Card withBorder padding="lg" maw={760}>
      <Title order={2} size="h3" mb={4}>
        {t.title}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {t.asked(mine ? t.you : approval.asked_by_name, when)}
      </Text>
      <Stack gap="md">
        {!waiting && <Ended approval={approval} />}
        {stale && (
          <Alert color="orange" variant="outline">
            <Text fw={600}>{t.staleTitle}</Text>
            {t.stale}
          </Alert>
        )}
        {plan.error && !plan.data && <ErrorState error={plan.error} onRetry={plan.refetch} />}
        {!plan.data && !plan.error && <Loading lines={5} />}
        {plan.data && (
          <>
            <PlanInShort plan={plan.data} />
            {waiting && !stale ? (
              <Decide campaign={campaign} plan={plan.data} mine={mine} owner={user.role === 'owner'} />
            ) : (
              <Ask campaign={campaign} plan={plan.data} />
            )}
          </>
        )}
      </Stack>
    </Card>
  );
}

function Ended({ approval }: { approval: Approval }) {
  const t = useMessages().campaigns.approval;
  const { state, decided_by_name: who } = approval;
  if (state === 'waiting' || state === 'approved') return null;
  return (
    <Alert color="orange" variant="outline">
      <Text fw={600}>{state === 'void' ? t.ends.void : t.ends[state](who)}</Text>
      {state === 'void' ? t.voids[approval.reason] : approval.reason} {t.nobodyCalled}
    </Alert>
  );
}

/** Who will be rung, until when, and every word they hear. */
function PlanInShort({ plan }: { plan: Plan }) {
  const m = useMessages();
  const t = m.campaigns.approval;
  const spoken = Object.entries(plan.spoken).filter(([, lines]) => lines.length > 0);
  return (
    <Box>
      <Text fw={600}>{t.sentence(plan.callable, plan.total - plan.callable)}</Text>
      {plan.forecast.people > 0 && (
        <Text size="sm" className="figures">
          {forecastText(plan.forecast, m)}
        </Text>
      )}
      <Text component="h3" size="sm" fw={550} mt="md" mb={4}>
        {t.heard}
      </Text>
      {spoken.map(([language, lines]) => (
        <Box key={language} mb="xs" lang={language}>
          <Text size="xs" c="dimmed">
            {m.composer.languages[language as 'en' | 'fr'] ?? language}
          </Text>
          {lines.map((line, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of one fixed text, in order
            <Text key={`${i} ${line}`} size="sm" mt={4}>
              {line}
            </Text>
          ))}
        </Box>
      ))}
    </Box>
  );
}

/** What every act on the request does to what the pages know. */
function useAct(words: string, onDone?: () => void) {
  const m = useMessages();
  const queries = useQueryClient();
  return {
    onSuccess: (next: Campaign) => {
      queries.setQueryData(['get', '/api/v1/campaigns/{id}', { params: { path: { id: next.id } } }], next);
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns'] });
      onDone?.();
      done(words);
    },
    onError: (e: unknown) => {
      // It was decided, or became void, meanwhile: the page shows what holds now.
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns/{id}'] });
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns/{id}/plan'] });
      onDone?.();
      refused(e, m);
    },
  };
}

interface DecideProps {
  campaign: Campaign;
  plan: Plan;
  mine: boolean;
  owner: boolean;
}

function Decide({ campaign, plan, mine, owner }: DecideProps) {
  const t = useMessages().campaigns.approval;
  const { account } = useMe();
  const formatTime = useFormatTime();
  const [open, setOpen] = useState<'approve' | 'refuse' | null>(null);
  const close = () => setOpen(null);
  const target = { params: { path: { id: campaign.id } } };
  const approve = $api.useMutation('post', '/api/v1/campaigns/{id}/approval/approve', useAct(t.approved, close));
  const withdraw = $api.useMutation('post', '/api/v1/campaigns/{id}/approval/withdraw', useAct(t.withdrawn));
  const { onSuccess } = useAct(t.refused);
  const refuse = $api.useMutation('post', '/api/v1/campaigns/{id}/approval/refuse', { onSuccess });
  if (mine) {
    return (
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t.yours}</Text>
        <Button variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate(target)}>
          {t.withdraw}
        </Button>
      </Stack>
    );
  }
  if (!owner) return <Text size="sm">{t.forOwners}</Text>;
  const word = plan.callable > TYPE_ABOVE ? String(plan.callable) : undefined;
  const hint = campaign.start_at
    ? t.decideScheduled(`${formatTime(campaign.start_at, account.time_zone)} ${account.time_zone}`)
    : t.decideHint;
  return (
    <Stack gap="xs">
      <Text size="sm">{hint}</Text>
      <Group gap="xs">
        <Button leftSection={<IconCheck size={18} aria-hidden />} onClick={() => setOpen('approve')}>
          {t.approve(plan.callable)}
        </Button>
        <Button
          variant="outline"
          color="red"
          leftSection={<IconX size={18} aria-hidden />}
          onClick={() => setOpen('refuse')}
        >
          {t.refuse}
        </Button>
      </Group>
      <ConfirmTyped
        opened={open === 'approve'}
        onClose={close}
        title={t.approveTitle(plan.callable)}
        word={word}
        confirmLabel={t.approve(plan.callable)}
        busy={approve.isPending}
        onConfirm={() => approve.mutate({ ...target, body: { plan_hash: plan.plan_hash } })}
      >
        <p>{campaign.start_at ? hint : t.approveText}</p>
        {word && <p>{t.typeNumber}</p>}
      </ConfirmTyped>
      <ReasonDialog
        opened={open === 'refuse'}
        onClose={close}
        title={t.refuseTitle}
        label={t.reason}
        hint={t.refuseHint}
        confirmLabel={t.refuse}
        color="red"
        onConfirm={(reason) => refuse.mutateAsync({ ...target, body: { reason } })}
      />
    </Stack>
  );
}

/** A request that ended can be made anew, for the plan of this moment. */
function Ask({ campaign, plan }: { campaign: Campaign; plan: Plan }) {
  const m = useMessages();
  const t = m.campaigns.approval;
  const ask = $api.useMutation('post', '/api/v1/campaigns/{id}/approval', useAct(t.askedAgain));
  return (
    <Stack gap="xs" align="flex-start">
      <Button
        variant="default"
        disabled={plan.callable === 0}
        loading={ask.isPending}
        onClick={() => ask.mutate({ params: { path: { id: campaign.id } }, body: { plan_hash: plan.plan_hash } })}
      >
        {t.again}
      </Button>
      {ask.error && (
        <Text size="sm" c="var(--mantine-color-error)">
          {problemText(toProblem(ask.error), m)}
        </Text>
      )}
    </Stack>
  );
}
