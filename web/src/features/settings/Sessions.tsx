import { Box, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { ErrorState, Loading } from '../../ui/Notice';
import { Status } from '../../ui/Status';
import { Time } from '../../ui/Time';
import { done, refused } from '../../ui/toast';
import { deviceName } from './device';

/** Where the user is signed in, and the way to end it. */
export function Sessions() {
  const m = useMessages();
  const t = m.settings;
  const { account } = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const sessions = $api.useQuery('get', '/api/v1/auth/sessions');
  const end = $api.useMutation('delete', '/api/v1/auth/sessions/{id}', {
    onSuccess: () => {
      done(t.sessionEnded);
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/auth/sessions'] });
    },
    onError: (e) => refused(e, m),
  });
  const endAll = $api.useMutation('post', '/api/v1/auth/logout-all', {
    onSuccess: async () => {
      await navigate({ to: '/login' });
      queries.clear();
    },
    onError: (e) => refused(e, m),
  });
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.sessions}
      </Title>
      {sessions.error && !sessions.data && <ErrorState error={sessions.error} onRetry={sessions.refetch} />}
      {!sessions.data && !sessions.error && <Loading lines={3} />}
      <Stack gap="md" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {sessions.data?.items.map((s) => (
          <Group key={s.id} component="li" justify="space-between" wrap="nowrap">
            <Box style={{ minWidth: 0 }}>
              <Text size="sm">
                {deviceName(s.user_agent)} · <span className="figures">{s.ip}</span>
              </Text>
              <Text size="xs" c="dimmed">
                {t.lastSeen} <Time at={s.last_seen_at} zone={account.time_zone} withZone />
              </Text>
            </Box>
            {s.current ? (
              <Status tone="good" label={t.thisSession} />
            ) : (
              <Button
                size="xs"
                variant="default"
                aria-label={t.endSessionOf(`${deviceName(s.user_agent)}, ${s.ip}`)}
                loading={end.isPending && end.variables.params.path.id === s.id}
                onClick={() => end.mutate({ params: { path: { id: s.id } } })}
              >
                {t.endSession}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
      <Button
        mt="lg"
        style={{ alignSelf: 'flex-start' }}
        size="xs"
        variant="default"
        loading={endAll.isPending}
        onClick={() => endAll.mutate({})}
      >
        {t.endAll}
      </Button>
    </Card>
  );
}
