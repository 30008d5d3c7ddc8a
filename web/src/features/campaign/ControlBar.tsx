import { Group } from '@mantine/core';
import type { Campaign } from '../../api/types';
import type { Live } from '../../live/useLive';
import { useMessages } from '../../messages/context';
import { CampaignStatus } from '../../ui/domain';
import classes from './ControlBar.module.css';
import { Controls } from './Controls';
import { LiveBadge } from './LiveBadge';
import { isSettled, reached } from './progress';

/** Where a campaign stands, whether the page knows it, and how to hold it: always in sight until it has ended. */
export function ControlBar({ campaign, live }: { campaign: Campaign; live: Live }) {
  const t = useMessages().campaigns.control;
  if (campaign.status === 'draft' || isSettled(campaign)) return null;
  return (
    <section className={classes.bar} aria-label={t.bar}>
      <Group gap="sm">
        <CampaignStatus campaign={campaign} />
        <LiveBadge
          live={live}
          paused={campaign.status === 'paused'}
          held={Boolean(campaign.allowance?.paused_by)}
          reached={reached(campaign.progress)}
          of={campaign.progress.total}
        />
      </Group>
      <Controls campaign={campaign} />
    </section>
  );
}

/** Keeps the end of the page out from under the bar. */
export function ControlBarRoom({ campaign }: { campaign: Campaign }) {
  if (campaign.status === 'draft' || isSettled(campaign)) return null;
  return <div className={classes.room} aria-hidden />;
}
