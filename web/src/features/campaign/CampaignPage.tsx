import { Alert, Anchor, Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconArrowLeft, IconCopy, IconEdit } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { $api } from '../../api/client';
import type { Campaign } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { CampaignStatus } from '../../ui/domain';
import { forecastText } from '../../ui/forecast';
import { ErrorState, Loading } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { done, refused } from '../../ui/toast';
import { useFormatTime } from '../../ui/useFormatTime';
import { ApprovalPanel } from './ApprovalPanel';
import { Attention } from './Attention';
import { Answers, Balance, Figures, Outcomes } from './Board';
import { ControlBar, ControlBarRoom } from './ControlBar';
import { Held } from './Held';
import { isSettled, outlook } from './progress';
import { Roster } from './Roster';
import { Trips } from './Trips';
import { useCampaign } from './useCampaign';

const route = getRouteApi('/employer/campaigns/$id');

/** A campaign while it runs and afterwards: are people reached, what do they say, when is it over. */
export function CampaignPage() {
  const m = useMessages();
  const { id } = route.useParams();
  const { query, live } = useCampaign(id);
  const campaign = query.data;
  if (!campaign) {
    return (
      <Page title={m.campaigns.title} above={<Back />}>
        {query.error ? <ErrorState error={query.error} onRetry={query.refetch} /> : <Loading lines={10} />}
      </Page>
    );
  }
  return (
    <Page
      title={campaign.name}
      above={<Back />}
      description={<Standing campaign={campaign} />}
      actions={<Again campaign={campaign} />}
    >
      <ControlBar campaign={campaign} live={live} />
      {campaign.tripped.length > 0 && <Trips campaign={campaign} />}
      {campaign.status === 'paused' && campaign.tripped.length === 0 && (
        <Alert color="yellow" variant="outline">
          {campaign.status_reason && `${campaign.status_reason}. `}
          {m.campaigns.live.pausedNote}
        </Alert>
      )}
      <Held campaign={campaign} />
      {campaign.status === 'draft' && campaign.approval ? (
        <ApprovalPanel campaign={campaign} approval={campaign.approval} />
      ) : (
        <Board campaign={campaign} liveNow={live.state === 'live'} />
      )}
      <ControlBarRoom campaign={campaign} />
    </Page>
  );
}

/** Figures, answers, and everybody person by person. */
function Board({ campaign, liveNow }: { campaign: Campaign; liveNow: boolean }) {
  const m = useMessages();
  const forecast = outlook(campaign.forecast, campaign.progress);
  return (
    <>
      <Figures campaign={campaign} />
      {forecast && forecast.people > 0 && (
        <Text size="sm" className="figures">
          {forecastText(forecast, m)}
        </Text>
      )}
      <Attention campaign={campaign} liveNow={liveNow} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: 'start' }}>
        <Card withBorder padding="lg">
          <Title order={2} size="h3" mb="md">
            {m.campaigns.live.barTitle}
          </Title>
          <Outcomes progress={campaign.progress} />
        </Card>
        <Card withBorder padding="lg">
          <Title order={2} size="h3" mb="md">
            {m.campaigns.live.answersTitle}
          </Title>
          <Answers campaign={campaign} />
        </Card>
      </SimpleGrid>
      <Stack gap="sm">
        <Roster campaign={campaign} liveNow={liveNow} />
        <Balance campaign={campaign} />
      </Stack>
    </>
  );
}

function Back() {
  const t = useMessages().composer;
  return (
    <Anchor size="sm" className="no-print" renderRoot={(p) => <Link to="/campaigns" {...p} />}>
      <Group gap={4} component="span">
        <IconArrowLeft size={15} aria-hidden />
        {t.back}
      </Group>
    </Anchor>
  );
}

/** The state in a word, and the times that matter in it, with their zone. */
function Standing({ campaign }: { campaign: Campaign }) {
  const m = useMessages();
  const t = m.campaigns.live;
  const { account } = useMe();
  const formatTime = useFormatTime();
  const when = (iso: string) => `${formatTime(iso, account.time_zone)} ${account.time_zone}`;
  const parts: string[] = [];
  if (campaign.status === 'scheduled' && campaign.start_at) parts.push(t.startsAt(when(campaign.start_at)));
  if (campaign.started_at) parts.push(`${t.startedAt} ${when(campaign.started_at)}`);
  if (campaign.approval?.state === 'approved') {
    const { asked_by_name, decided_by_name } = campaign.approval;
    parts.push(m.campaigns.approval.approvedBy(asked_by_name, decided_by_name));
  }
  const ended = campaign.status === 'finished' ? t.finishedAt : t.endedAt;
  if (campaign.finished_at) parts.push(`${ended} ${when(campaign.finished_at)}`);
  if (campaign.status === 'expired') parts.push(t.expired);
  return (
    <Group gap="sm" mt={6}>
      {(campaign.status === 'draft' || isSettled(campaign)) && <CampaignStatus campaign={campaign} />}
      <Text size="sm">{parts.join(' · ')}</Text>
    </Group>
  );
}

function Again({ campaign }: { campaign: Campaign }) {
  const m = useMessages();
  const t = m.campaigns;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const clone = $api.useMutation('post', '/api/v1/campaigns/{id}/clone', {
    onSuccess: async (copy) => {
      done(t.cloned);
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns'] });
      await navigate({ to: '/campaigns/$id/edit', params: { id: copy.id } });
    },
    onError: (e) => refused(e, m),
  });
  if (campaign.status === 'draft') {
    return (
      <Button
        variant="default"
        leftSection={<IconEdit size={17} aria-hidden />}
        renderRoot={(p) => <Link to="/campaigns/$id/edit" params={{ id: campaign.id }} {...p} />}
      >
        {t.edit}
      </Button>
    );
  }
  return (
    <Button
      variant="default"
      className="no-print"
      leftSection={<IconCopy size={17} aria-hidden />}
      loading={clone.isPending}
      onClick={() => clone.mutate({ params: { path: { id: campaign.id } } })}
    >
      {t.clone}
    </Button>
  );
}
