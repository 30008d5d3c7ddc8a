import { Button, Group, Paper, Text } from '@mantine/core';
import { IconMessage, IconSpeakerphone } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useMessages } from '../../messages/context';
import { useInvite } from './invite';

/** What can be done with the people ticked in the table. */
export function BulkBar({ ids, onDone }: { ids: ReadonlySet<string>; onDone: () => void }) {
  const m = useMessages();
  const invite = useInvite(onDone);
  const list = [...ids];
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" gap="xs">
        <Text size="sm" role="status">
          {m.common.selected(list.length)}
        </Text>
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconSpeakerphone size={15} aria-hidden />}
            renderRoot={(p) => (
              <Link to="/campaigns/$id/edit" params={{ id: 'new' }} state={{ employeeIds: list }} {...p} />
            )}
          >
            {m.employees.campaignFor}
          </Button>
          <Button
            size="xs"
            leftSection={<IconMessage size={15} aria-hidden />}
            loading={invite.isPending}
            onClick={() => invite.mutate({ body: { ids: list } })}
          >
            {m.employees.inviteSelected(list.length)}
          </Button>
        </Group>
      </Group>
    </Paper>
  );
}
