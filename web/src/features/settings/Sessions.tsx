import { Button, Card, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { ErrorState, Loading } from '../../ui/Notice';
import { SessionRows } from '../../ui/SessionRows';
import { done, refused } from '../../ui/toast';

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
      <SessionRows
        items={sessions.data?.items ?? []}
        zone={account.time_zone}
        {...(end.isPending ? { ending: end.variables.params.path.id } : {})}
        onEnd={(id) => end.mutate({ params: { path: { id } } })}
      />
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
