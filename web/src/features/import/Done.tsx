import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ImportResult } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { formatTime } from '../../ui/time';

export function Done({ result, onAgain }: { result: ImportResult; onAgain: () => void }) {
  const m = useMessages();
  const t = m.importing;
  const { account } = useMe();
  const by = result.finish_at ? `${formatTime(result.finish_at, account.time_zone, 'short')} ${account.time_zone}` : '';
  return (
    <Card withBorder padding="xl">
      <Stack align="flex-start" gap="sm">
        <IconCircleCheck size={38} stroke={1.4} aria-hidden color="var(--mantine-color-teal-6)" />
        <Title order={2}>{t.doneTitle}</Title>
        <Text role="status">
          {t.done(result.new, result.changed)}{' '}
          {result.invitations_queued
            ? `${m.employees.invited(result.invitations_queued, by)} ${t.answers}`
            : t.notQueued}
        </Text>
        <Group mt="sm">
          <Button renderRoot={(p) => <Link to="/employees" {...p} />}>{t.seeList}</Button>
          <Button variant="default" onClick={onAgain}>
            {t.another}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
