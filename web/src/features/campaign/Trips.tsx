import { Alert, Box, List, Stack, Text } from '@mantine/core';
import { $api } from '../../api/client';
import type { Campaign, Trip } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { ErrorState, Loading } from '../../ui/Notice';
import { Time } from '../../ui/Time';
import { reasonText } from './reason';

/** Why a campaign paused by itself: each rule that it crossed, and the calls that did it. */
export function Trips({ campaign }: { campaign: Campaign }) {
  const m = useMessages();
  const t = m.campaigns.trips;
  const trips = $api.useQuery(
    'get',
    '/api/v1/campaigns/{id}/trips',
    { params: { path: { id: campaign.id } } },
    { staleTime: 0 },
  );
  const open = trips.data?.items.filter((trip) => trip.resumed_at === null) ?? [];
  return (
    <Alert color="red" variant="outline" title={t.title}>
      <Stack gap="md">
        {trips.isPending && <Loading lines={2} />}
        {trips.error && <ErrorState error={trips.error} onRetry={trips.refetch} />}
        {open.map((trip) => (
          <Rule key={trip.id} trip={trip} />
        ))}
        {campaign.status === 'paused' && <Text size="sm">{m.campaigns.live.pausedNote}</Text>}
      </Stack>
    </Alert>
  );
}

function Rule({ trip }: { trip: Trip }) {
  const m = useMessages();
  const t = m.campaigns.trips;
  const { account } = useMe();
  return (
    <Box>
      <Text fw={600}>{t.rules[trip.rule](trip.events, trip.calls, trip.limit_percent)}</Text>
      <Text size="sm" mb={4}>
        {t.advice[trip.rule]}
      </Text>
      <List size="sm" aria-label={t.calls} className="figures">
        {trip.of.map((call) => (
          <List.Item key={call.attempt_id}>
            {call.name}{' '}
            <Text span inherit c="dimmed">
              {call.phone_masked}
            </Text>
            {call.at && (
              <>
                {' · '}
                <span style={{ whiteSpace: 'nowrap' }}>
                  <Time at={call.at} zone={account.time_zone} style="short" />
                  {trip.rule === 'hung_up' && call.duration_s !== null && ` · ${t.seconds(call.duration_s)}`}
                </span>
              </>
            )}
            {call.error && ` · ${reasonText(call.error, m)}`}
          </List.Item>
        ))}
      </List>
      {trip.events > trip.of.length && (
        <Text size="sm" c="dimmed">
          {t.more(trip.events - trip.of.length)}
        </Text>
      )}
    </Box>
  );
}
