import { Alert, Anchor, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { ImportFile } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { useFormatTime } from '../../ui/useFormatTime';
import { Gone } from './Gone';
import { rejectedRows } from './send';

/** What was taken, the rows that were not, and those whom the file does not name. */
export function Done({ file }: { file: ImportFile }) {
  const m = useMessages();
  const t = m.importing;
  const { account } = useMe();
  const queries = useQueryClient();
  const formatTime = useFormatTime();
  // Lists and funnels that were read before are of another list. This file's own page looks by itself.
  useEffect(() => {
    void queries.invalidateQueries({ predicate: (q) => q.queryKey[1] !== '/api/v1/employees/imports/{id}' });
  }, [queries]);
  const by = file.finish_at ? `${formatTime(file.finish_at, account.time_zone, 'short')} ${account.time_zone}` : '';
  return (
    <Stack gap="lg">
      <Card withBorder padding="xl">
        <Stack align="flex-start" gap="sm">
          <IconCircleCheck size={38} stroke={1.4} aria-hidden color="var(--mantine-color-teal-6)" />
          <Title order={2}>{t.doneTitle}</Title>
          <Text role="status">
            {t.done(file.new, file.changed)}{' '}
            {file.invitations_queued ? `${m.employees.invited(file.invitations_queued, by)} ${t.answers}` : t.notQueued}
          </Text>
          {file.rejected > 0 && file.kept && (
            <Text size="sm">
              {t.rejectedLeft(file.rejected)}{' '}
              <Anchor href={rejectedRows(file.id)} download>
                {t.rejectedCsv}
              </Anchor>
            </Text>
          )}
          <Group mt="sm">
            <Button renderRoot={(p) => <Link to="/employees" {...p} />}>{t.seeList}</Button>
            <Button variant="default" renderRoot={(p) => <Link to="/employees/import" {...p} />}>
              {t.another}
            </Button>
          </Group>
        </Stack>
      </Card>
      {file.archive === 'done' && (
        <Alert color="teal" variant="outline" role="status">
          {t.archived(file.archived)}
        </Alert>
      )}
      {file.kept && file.archive !== 'done' && file.gone > 0 && <Gone file={file} />}
    </Stack>
  );
}
