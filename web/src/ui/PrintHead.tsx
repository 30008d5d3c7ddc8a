import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessages } from '../messages/context';
import { useMe, useServerNow } from '../session/session';
import { useFormatTime } from './useFormatTime';

interface PrintHeadProps {
  /** What the list was narrowed by, in words; a paper cannot be asked. */
  filters?: string[];
  /** Of how many rows the paper holds how many, where that is not all. */
  children?: ReactNode;
}

/** The head of a printed page: whose it is, in which zone its times are, when it was printed, and what was left out. */
export function PrintHead({ filters = [], children }: PrintHeadProps) {
  const m = useMessages();
  const { account } = useMe();
  const now = useServerNow();
  const formatTime = useFormatTime();
  const printed = formatTime(now().toISOString(), account.time_zone);
  return (
    <div className="print-only">
      <Text size="sm">{m.common.printed(account.legal_name, account.time_zone, printed)}</Text>
      {filters.length > 0 && <Text size="sm">{m.common.onlyThose(filters)}</Text>}
      {children && <Text size="sm">{children}</Text>}
    </div>
  );
}
