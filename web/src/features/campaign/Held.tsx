import { Alert, Text } from '@mantine/core';
import type { Campaign } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { useFormatTime } from '../../ui/useFormatTime';
import { isOver } from './progress';

/** What keeps calls from going out though the campaign itself runs: a pause by Callshu, or the company's daily quota. */
export function Held({ campaign }: { campaign: Campaign }) {
  const m = useMessages();
  const t = m.campaigns.held;
  const { account } = useMe();
  const formatTime = useFormatTime();
  const { allowance, progress, status } = campaign;
  if (!allowance || isOver(status)) return null;
  const { daily_quota: quota, left, more_at: moreAt } = allowance;
  if (allowance.paused_by) {
    return (
      <Alert color="yellow" variant="outline" role="status">
        <Text fw={600}>{t[allowance.paused_by]}</Text>
        {t.reason(allowance.pause_reason)} {t.nobodyLost}
      </Alert>
    );
  }
  if (left >= progress.pending) {
    return (
      <Text size="sm" c="dimmed" className="figures">
        {t.left(left, quota)}
      </Text>
    );
  }
  const when = moreAt ? t.moreAt(`${formatTime(moreAt, account.time_zone)} ${account.time_zone}`) : '';
  return (
    <Alert color="yellow" variant="outline" role="status">
      <Text fw={600}>{left === 0 ? t.used(quota) : t.left(left, quota)}</Text>
      {t.waits(progress.pending - left)} {left === 0 && (when || t.askUs)}
    </Alert>
  );
}
