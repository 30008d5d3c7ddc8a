import { useState } from 'react';

/** A walk through the pages of a list. */
export interface Walk {
  /** Of the page at hand; undefined: the first. */
  cursor: string | undefined;
  /** 1-based number of the page at hand. */
  page: number;
  next: (cursor: string) => void;
  previous: () => void;
}

/**
 * Remembers the cursors walked through, so that "previous" works over an API
 * that only knows "next". The walk starts anew whenever the question changes.
 */
export function useCursors(question: string): Walk {
  const [walk, setWalk] = useState<{ question: string; cursors: string[] }>({ question, cursors: [] });
  const cursors = walk.question === question ? walk.cursors : [];
  return {
    cursor: cursors.at(-1),
    page: cursors.length + 1,
    next: (cursor: string) => setWalk({ question, cursors: [...cursors, cursor] }),
    previous: () => setWalk({ question, cursors: cursors.slice(0, -1) }),
  };
}
