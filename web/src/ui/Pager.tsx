import { Button, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useMessages } from '../messages/context';
import type { Walk } from './useCursors';

interface PagerProps {
  walk: Walk;
  /** The cursor that the page at hand gave for the next one; null or undefined: it is the last. */
  next: string | null | undefined;
  /** The zone of the times above. */
  zone: string;
  /** How many there are, where that is known. */
  total?: string;
}

/** The foot of a list. The API gives no page numbers to jump to, so neither does this. */
export function Pager({ walk, next, zone, total }: PagerProps) {
  const m = useMessages();
  return (
    <Group justify="space-between" gap="xs">
      <Text size="sm" c="dimmed">
        {total && `${total} · `}
        {m.common.timesIn(zone)}
      </Text>
      {(walk.page > 1 || next) && (
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            disabled={walk.page === 1}
            onClick={walk.previous}
            leftSection={<IconChevronLeft size={15} aria-hidden />}
          >
            {m.common.previous}
          </Button>
          <Text size="sm" c="dimmed">
            {m.common.page(walk.page)}
          </Text>
          <Button
            size="xs"
            variant="default"
            disabled={!next}
            onClick={() => next && walk.next(next)}
            rightSection={<IconChevronRight size={15} aria-hidden />}
          >
            {m.common.next}
          </Button>
        </Group>
      )}
    </Group>
  );
}
