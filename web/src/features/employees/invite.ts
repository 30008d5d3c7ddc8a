import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { done, refused } from '../../ui/toast';
import { useFormatTime } from '../../ui/useFormatTime';

/** Asks people for consent by text, and says how many were asked and why others were not. */
export function useInvite(onDone?: () => void) {
  const m = useMessages();
  const { account } = useMe();
  const queries = useQueryClient();
  const formatTime = useFormatTime();
  return $api.useMutation('post', '/api/v1/employees/invite', {
    onSuccess: (answer) => {
      const t = m.employees;
      const skipped = answer.skipped.map((s) => t.inviteSkipped(s.count, t.inviteReasons[s.reason] ?? s.reason));
      const by = answer.finish_at
        ? `${formatTime(answer.finish_at, account.time_zone, 'short')} ${account.time_zone}`
        : '';
      done([t.invited(answer.queued, by), ...skipped].join(' '));
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/employees'] });
      onDone?.();
    },
    onError: (e) => refused(e, m),
  });
}
