import { useState } from 'react';

/**
 * Remembers the cursors walked through, so that "previous" works over an API
 * that only knows "next". The walk starts anew whenever the question changes.
 */
export function useCursors(question: string) {
  const [walk, setWalk] = useState<{ question: string; cursors: string[] }>({ question, cursors: [] });
  const cursors = walk.question === question ? walk.cursors : [];
  return {
    cursor: cursors.at(-1),
    page: cursors.length + 1,
    next: (cursor: string) => setWalk({ question, cursors: [...cursors, cursor] }),
    previous: () => setWalk({ question, cursors: cursors.slice(0, -1) }),
  };
}
