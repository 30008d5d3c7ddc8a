import { useQueryClient } from '@tanstack/react-query';
import { $api, BASE } from '../../api/client';
import type { Campaign, Recipient, RecipientPage } from '../../api/types';
import { type Live, useLive } from '../../live/useLive';
import { meQuery } from '../../session/session';
import { awaitsApproval } from '../../ui/domain';
import { isOver, isSettled, merge, patchRows } from './progress';

const EVENTS = ['snapshot', 'progress'] as const;
const PATH = '/api/v1/campaigns/{id}';

/** What each event carries. */
interface LiveCampaign {
  campaign: Campaign;
  changed: Recipient[];
  /** More rows changed than came along. */
  reload: boolean;
}

/** A campaign with its figures, kept up to date by its stream while it can change. */
export function useCampaign(id: string): { query: ReturnType<typeof useQueryOf>; live: Live } {
  const queries = useQueryClient();
  const query = useQueryOf(id);
  const key = ['get', PATH, { params: { path: { id } } }];
  const open = query.data && query.data.status !== 'draft' && !isSettled(query.data);
  const live = useLive(
    open ? `${BASE}/campaigns/${id}/events` : null,
    EVENTS,
    (batch) => {
      const messages = batch.map((e) => e.data as LiveCampaign);
      const last = messages.at(-1);
      if (!last) return;
      queries.setQueryData<Campaign>(key, (known) => merge(known, last.campaign));
      const changed = messages.flatMap((m) => m.changed);
      queries.setQueriesData<RecipientPage>({ queryKey: ['get', `${PATH}/recipients`] }, (page) =>
        page ? { ...page, items: patchRows(page.items, changed) } : page,
      );
      // A snapshot follows a gap, in which rows may have changed unseen; an end changes them all.
      if (batch.some((e) => e.name === 'snapshot') || messages.some((m) => m.reload) || isOver(last.campaign.status)) {
        void queries.invalidateQueries({ queryKey: ['get', `${PATH}/recipients`] });
      }
    },
    // Refused rather than broken: asking who we are tells whether the session has ended.
    () => void queries.invalidateQueries({ queryKey: meQuery.queryKey }),
  );
  return { query, live };
}

function useQueryOf(id: string) {
  return $api.useQuery(
    'get',
    PATH,
    { params: { path: { id } } },
    // A draft has no stream; whoever asked for its approval waits for somebody else.
    { refetchInterval: (q) => (q.state.data && awaitsApproval(q.state.data) ? 5_000 : false) },
  );
}
