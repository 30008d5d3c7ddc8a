import { Box, Button, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { deviceName } from '../../ui/device';
import { Time } from '../../ui/Time';
import { done, refused } from '../../ui/toast';

/** Browsers that are asked for no code, and the way to forget one. */
export function RememberedDevices() {
  const m = useMessages();
  const t = m.settings.factor;
  const { account } = useMe();
  const queries = useQueryClient();
  const devices = $api.useQuery('get', '/api/v1/auth/mfa/devices');
  const forget = $api.useMutation('delete', '/api/v1/auth/mfa/devices/{id}', {
    onSuccess: () => {
      done(t.forgotten);
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/auth/mfa/devices'] });
    },
    onError: (e) => refused(e, m),
  });
  if (!devices.data || devices.data.items.length === 0) return null;
  return (
    <>
      <Text component="h3" size="sm" fw={550} mt="sm" mb={0}>
        {t.devices}
      </Text>
      <Stack gap="md" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {devices.data.items.map((d) => (
          <Group key={d.id} component="li" justify="space-between" wrap="nowrap">
            <Box style={{ minWidth: 0 }}>
              <Text size="sm">
                {deviceName(d.user_agent)} · <span className="figures">{d.ip}</span>
              </Text>
              <Text size="xs" c="dimmed">
                {t.until} <Time at={d.expires_at} zone={account.time_zone} withZone />
              </Text>
            </Box>
            <Button
              size="xs"
              variant="default"
              aria-label={t.forgetOf(`${deviceName(d.user_agent)}, ${d.ip}`)}
              loading={forget.isPending && forget.variables.params.path.id === d.id}
              onClick={() => forget.mutate({ params: { path: { id: d.id } } })}
            >
              {t.forget}
            </Button>
          </Group>
        ))}
      </Stack>
    </>
  );
}
