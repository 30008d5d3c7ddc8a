import { useEffect, useRef, useState } from 'react';
import { useDebounced } from '../../ui/useDebounced';

export type SaveState = 'incomplete' | 'unsaved' | 'saving' | 'saved' | 'failed';

interface Autosave {
  state: SaveState;
  /** Whether the screen holds something the server does not have. */
  dirty: boolean;
  /** Tries again what was refused. */
  retry: () => void;
}

const PAUSE_MS = 700;

/**
 * Saves once typing pauses, one request at a time: what changes during a save
 * is saved after it. `content` is what would be sent, as text; the same text is
 * never sent twice, and a refused one waits until it is changed.
 */
export function useAutosave(content: string, complete: boolean, saved: string, save: () => Promise<void>): Autosave {
  const [last, setLast] = useState({ saved, failed: '' });
  const [busy, setBusy] = useState(false);
  const still = useDebounced(content, PAUSE_MS);
  const action = useRef(save);
  action.current = save;

  const settled = still === content;
  const wanted = complete && settled && content !== last.saved && content !== last.failed && !busy;

  useEffect(() => {
    if (!wanted) return;
    setBusy(true);
    action
      .current()
      .then(
        () => setLast({ saved: content, failed: '' }),
        () => setLast((l) => ({ ...l, failed: content })),
      )
      .finally(() => setBusy(false));
  }, [wanted, content]);

  return {
    state: saveState(content, complete, last, busy),
    dirty: content !== last.saved,
    retry: () => setLast((l) => ({ ...l, failed: '' })),
  };
}

/** The word beside the title; exported because it holds the only decisions. */
export function saveState(
  content: string,
  complete: boolean,
  last: { saved: string; failed: string },
  busy: boolean,
): SaveState {
  if (busy) return 'saving';
  if (content === last.saved) return 'saved';
  if (!complete) return 'incomplete';
  return content === last.failed ? 'failed' : 'unsaved';
}
