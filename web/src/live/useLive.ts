import { useEffect, useRef, useState } from 'react';
import { LiveSource, type LiveState } from './source';

/** How often the page is redrawn at most, however many events arrive. */
const REDRAW_EVERY = 250;

export interface Live {
  state: LiveState;
  /** When the last event came, by this machine's clock. */
  updatedAt: number | null;
}

/**
 * Listens to a stream while `url` is set. Events are handed over in batches,
 * so that a burst of calls costs one redraw. onBatch and onRefused may change
 * between renders without reopening the stream.
 */
export function useLive(
  url: string | null,
  names: readonly string[],
  onBatch: (events: { name: string; data: unknown }[]) => void,
  onRefused: () => void,
): Live {
  const [live, setLive] = useState<Live>({ state: 'connecting', updatedAt: null });
  const callbacks = useRef({ onBatch, onRefused });
  callbacks.current = { onBatch, onRefused };
  const nameList = names.join(' ');

  useEffect(() => {
    if (!url) return undefined;
    let waiting: { name: string; data: unknown }[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      timer = undefined;
      const batch = waiting;
      waiting = [];
      callbacks.current.onBatch(batch);
      setLive((l) => ({ ...l, updatedAt: Date.now() }));
    };
    const source = new LiveSource(url, nameList.split(' '), {
      onState: (state) => setLive((l) => ({ ...l, state })),
      onEvent: (name, data) => {
        waiting.push({ name, data });
        timer ??= setTimeout(flush, REDRAW_EVERY);
      },
      onRefused: () => callbacks.current.onRefused(),
    });
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [url, nameList]);

  return live;
}
