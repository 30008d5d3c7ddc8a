import { useState } from 'react';

/**
 * The secret of a mailed link. It stands in the fragment, which browsers never
 * send to a server or to another site. Read once: it is used by a button later.
 */
export function useMailToken(): string | null {
  const [token] = useState(() => readToken(globalThis.location.hash));
  return token;
}

export function readToken(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token') || null;
}
