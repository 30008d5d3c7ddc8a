import { Button } from '@mantine/core';
import { IconFilterOff, IconListDetails } from '@tabler/icons-react';
import { useMessages } from '../messages/context';
import { Empty } from '../ui/Notice';

/** Nothing in the log yet, or nothing that fits the filters. */
export function NoRows({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const m = useMessages();
  const t = m.audit;
  if (!filtered) return <Empty icon={<IconListDetails size={34} stroke={1.4} />} title={t.noneTitle} />;
  return (
    <Empty
      icon={<IconFilterOff size={34} stroke={1.4} />}
      title={t.noMatchTitle}
      action={
        <Button variant="default" onClick={onClear}>
          {m.common.clearFilters}
        </Button>
      }
    >
      {t.noMatch}
    </Empty>
  );
}
