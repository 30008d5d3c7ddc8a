import { Box, Button, Group, Stack, Text } from '@mantine/core';
import type { SessionRow } from '../api/types';
import { useMessages } from '../messages/context';
import { deviceName } from './device';
import { Status } from './Status';
import { Time } from './Time';

interface Props {
  items: SessionRow[];
  zone: string;
  /** The one that is being ended. */
  ending?: string;
  onEnd: (id: string) => void;
}

/** Where somebody is signed in. */
export function SessionRows({ items, zone, ending, onEnd }: Props) {
  const t = useMessages().settings;
  return (
    <Stack gap="md" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
      {items.map((s) => (
        <Group key={s.id} component="li" justify="space-between" wrap="nowrap">
          <Box style={{ minWidth: 0 }}>
            <Text size="sm">
              {deviceName(s.user_agent)} · <span className="figures">{s.ip}</span>
            </Text>
            <Text size="xs" c="dimmed">
              {t.lastSeen} <Time at={s.last_seen_at} zone={zone} withZone />
            </Text>
          </Box>
          {s.current ? (
            <Status tone="good" label={t.thisSession} />
          ) : (
            <Button
              size="xs"
              variant="default"
              aria-label={t.endSessionOf(`${deviceName(s.user_agent)}, ${s.ip}`)}
              loading={ending === s.id}
              onClick={() => onEnd(s.id)}
            >
              {t.endSession}
            </Button>
          )}
        </Group>
      ))}
    </Stack>
  );
}
