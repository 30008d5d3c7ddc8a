import { Card, Progress, Stack, Text, Title } from '@mantine/core';
import type { ImportFile } from '../../api/types';
import { useMessages } from '../../messages/context';
import { percent } from './wizard';

/** A job has the file in hand; whoever leaves and comes back sees how far it is. */
export function Running({ file }: { file: ImportFile }) {
  const t = useMessages().importing;
  const done = percent(file);
  const words =
    file.phase === 'writing'
      ? t.writing(file.done, file.to_do)
      : file.phase === 'inviting'
        ? t.inviting
        : file.phase === 'reading'
          ? t.reading
          : t.queued;
  return (
    <Card withBorder padding="xl">
      <Stack gap="sm">
        <Title order={2} size="h3">
          {t.runningTitle}
        </Title>
        <Text role="status">{words}</Text>
        <Progress value={done ?? 100} animated={done === null || done === 100} aria-label={words} />
        <Text size="sm" c="dimmed">
          {t.running}
        </Text>
      </Stack>
    </Card>
  );
}
