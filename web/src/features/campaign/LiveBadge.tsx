import { Group, Text, VisuallyHidden } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { Live } from '../../live/useLive';
import { useMessages } from '../../messages/context';
import { Status, type Tone } from '../../ui/Status';

const tones: Record<Live['state'], Tone> = { connecting: 'idle', live: 'good', reconnecting: 'warn', closed: 'idle' };
/** A screen reader is told the figures at most this often. */
const SAY_EVERY = 10_000;

interface LiveBadgeProps {
  live: Live;
  /** The campaign itself is paused, as its own state beside this says. */
  paused: boolean;
  /** Callshu has paused its calls. */
  held: boolean;
  reached: number;
  of: number;
}

/** Says honestly whether the figures on the page are the current ones. */
export function LiveBadge({ live, paused, held, reached, of }: LiveBadgeProps) {
  const t = useMessages().campaigns.live;
  const now = useNow();
  const current = live.state === 'live';
  // The announcer alone takes no room.
  if (current && paused) return <Announcer text={t.announce(reached, of)} />;
  const age = live.updatedAt === null ? null : Math.max(0, Math.round((now - live.updatedAt) / 1000));
  return (
    <Group gap={6} title={t.stateHint[live.state]}>
      <Status
        tone={current && held ? 'paused' : tones[live.state]}
        label={current && held ? t.paused : t.state[live.state]}
      />
      {live.state === 'reconnecting' && age !== null && (
        <Text size="xs" c="dimmed">
          {t.updated(age)}
        </Text>
      )}
      <Announcer text={t.announce(reached, of)} />
    </Group>
  );
}

function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Speaks the newest sentence, but never in a hurry. */
function Announcer({ text }: { text: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), said ? SAY_EVERY : 0);
    return () => clearTimeout(timer);
  }, [text, said]);
  return <VisuallyHidden aria-live="polite">{said}</VisuallyHidden>;
}
