import type { TimeStyle } from './time';
import { useFormatTime } from './useFormatTime';

interface TimeProps {
  at: string | null | undefined;
  zone: string;
  style?: TimeStyle;
  /** Writes the zone behind the time; leave it off only where a heading names it. */
  withZone?: boolean;
}

/** An instant in a named zone; the full time and its zone are always in the tooltip. */
export function Time({ at, zone, style = 'full', withZone = false }: TimeProps) {
  const formatTime = useFormatTime();
  if (!at) return <span>–</span>;
  return (
    <time
      dateTime={at}
      style={{ whiteSpace: withZone ? undefined : 'nowrap' }}
      title={`${formatTime(at, zone, 'full')} ${zone}`}
    >
      {formatTime(at, zone, style)}
      {withZone && ` ${zone}`}
    </time>
  );
}
