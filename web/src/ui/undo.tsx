import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

const LONG_ENOUGH_MS = 10_000;

/** A word that something is done, with the way back while it is shown. */
export function doneWithUndo(message: string, label: string, undo: () => void): void {
  const id = notifications.show({
    color: 'teal',
    autoClose: LONG_ENOUGH_MS,
    message: (
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          {label}
        </Button>
      </Group>
    ),
  });
}
