import { Anchor, Box, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { ErrorState, Loading } from '../../ui/Notice';
import { Time } from '../../ui/Time';

/** The newest calls to a person, each with the way to why it was made. */
export function EmployeeCalls({ id, zone }: { id: string; zone: string }) {
  const m = useMessages();
  const t = m.employees.drawer;
  const calls = $api.useQuery('get', '/api/v1/employees/{id}/calls', { params: { path: { id } } });
  return (
    <Box>
      <Title order={3} mb="sm">
        {t.calls}
      </Title>
      {calls.error && !calls.data ? (
        <ErrorState error={calls.error} onRetry={calls.refetch} />
      ) : !calls.data ? (
        <Loading lines={2} />
      ) : calls.data.items.length === 0 ? (
        <Text size="sm">{t.noCalls}</Text>
      ) : (
        <Stack component="ul" gap={8} p={0} m={0} style={{ listStyle: 'none' }}>
          {calls.data.items.map((c) => (
            <Group key={c.id} component="li" gap="xs">
              <Anchor
                size="sm"
                aria-label={t.whyRang(c.campaign)}
                renderRoot={(p) => (
                  <Link to="/campaigns/$id/people/$rid" params={{ id: c.campaign_id, rid: c.recipient_id }} {...p}>
                    {c.campaign}
                  </Link>
                )}
              />
              <Text size="xs" c="dimmed">
                <Time at={c.at} zone={zone} withZone /> · {m.campaigns.proof.callStates[c.state] ?? c.state}
                {c.answer !== null && ` · ${c.answer} ${c.answer_label}`}
              </Text>
            </Group>
          ))}
        </Stack>
      )}
    </Box>
  );
}
