import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useCallback, useEffect, useRef } from 'react';
import { useMessages } from '../messages/context';

interface Undo {
  /** Says that something is done, and offers the way back. */
  offer: (message: string, undo: () => void) => void;
  /** Takes back what is offered, once there is nothing left to go back to. */
  withdraw: () => void;
}

/**
 * Words that something is done, with the way back. They stay until they are closed or
 * the page is left: nobody has to read, decide and reach a button within some seconds.
 */
export function useUndo(): Undo {
  const m = useMessages();
  const offered = useRef(new Set<string>());
  const withdraw = useCallback(() => {
    for (const id of offered.current) notifications.hide(id);
    offered.current.clear();
  }, []);
  useEffect(() => withdraw, [withdraw]);
  const offer = (message: string, undo: () => void) => {
    const id = notifications.show({
      color: 'teal',
      autoClose: false,
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
            {m.common.undo}
          </Button>
        </Group>
      ),
    });
    offered.current.add(id);
  };
  return { offer, withdraw };
}
