import { useQueryClient } from '@tanstack/react-query';
import { $api, BASE } from '../../api/client';
import type { Campaign, Progress, Recipient } from '../../api/types';
import { type Live, useLive } from '../../live/useLive';
import { meQuery } from '../../session/session';
import { isOver, newer, patchRows } from './progress';

const EVENTS = ['snapshot', 'progress', 'recipient'] as const;
const PATH = '/api/v1/campaigns/{id}';

interface Snapshot {
  campaign?: Partial<Campaign>;
  progress?: Progress;
}

type Page = { items: Recipient[]; next_cursor: string | null };

/** A campaign with its figures, kept up to date by its stream while it can change. */
export function useCampaign(id: string): { query: ReturnType<typeof useQueryOf>; live: Live } {
  const queries = useQueryClient();
  const query = useQueryOf(id);
  const key = ['get', PATH, { params: { path: { id } } }];
  const open = query.data && query.data.status !== 'draft' && !isOver(query.data.status);
  const apply = (s: Snapshot) =>
    queries.setQueryData<Campaign>(key, (known) =>
      known
        ? { ...known, ...s.campaign, progress: s.progress ? newer(known.progress, s.progress) : known.progress }
        : known,
    );
  const live = useLive(
    open ? `${BASE}/campaigns/${id}/events` : null,
    EVENTS,
    (batch) => {
      const changed: Recipient[] = [];
      for (const { name, data } of batch) {
        if (name === 'recipient') changed.push(...((data as { changed?: Recipient[] }).changed ?? []));
        else apply(data as Snapshot);
        // After a gap rows may have changed unseen.
        if (name === 'snapshot') void queries.invalidateQueries({ queryKey: ['get', `${PATH}/recipients`] });
      }
      if (changed.length > 0) {
        queries.setQueriesData<Page>({ queryKey: ['get', `${PATH}/recipients`] }, (page) =>
          page ? { ...page, items: patchRows(page.items, changed) } : page,
        );
      }
    },
    // Refused rather than broken: asking who we are tells whether the session has ended.
    () => void queries.invalidateQueries({ queryKey: meQuery.queryKey }),
  );
  return { query, live };
}

function useQueryOf(id: string) {
  return $api.useQuery('get', PATH, { params: { path: { id } } });
}
