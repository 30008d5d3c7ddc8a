import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconCircleDashed,
  IconClock,
  IconPlayerPause,
  IconPlayerPlay,
  type IconProps,
  IconX,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import classes from './Status.module.css';

/** How a state feels; the colour follows from it, and never stands alone. */
export type Tone = 'good' | 'waiting' | 'running' | 'paused' | 'warn' | 'bad' | 'stopped' | 'idle';

const looks: Record<Tone, { color: string; icon: ComponentType<IconProps> }> = {
  good: { color: 'teal', icon: IconCheck },
  waiting: { color: 'blue', icon: IconClock },
  running: { color: 'petrol', icon: IconPlayerPlay },
  paused: { color: 'yellow', icon: IconPlayerPause },
  warn: { color: 'orange', icon: IconAlertTriangle },
  bad: { color: 'red', icon: IconX },
  stopped: { color: 'red', icon: IconBan },
  idle: { color: 'gray', icon: IconCircleDashed },
};

/** A state as dot, icon and word. */
export function Status({ tone, label }: { tone: Tone; label: string }) {
  const { color, icon: Icon } = looks[tone];
  return (
    <span className={classes.status}>
      <span className={classes.dot} style={{ background: `var(--mantine-color-${color}-6)` }} aria-hidden />
      <Icon size={13} stroke={2} aria-hidden />
      {label}
    </span>
  );
}
