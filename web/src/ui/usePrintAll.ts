import { useEffect, useState } from 'react';
import { useMessages } from '../messages/context';
import { refused } from './toast';

/** The largest page the API gives, and the most that anybody reads on paper; the file has everybody. */
const PAGE = 200;
export const MOST = 2_000;

interface Page<Row> {
  items: Row[];
  next_cursor: string | null;
}

export interface PrintAll<Row> {
  /** Every row, while the printer's dialog is open; before and after it undefined. */
  rows: Row[] | undefined;
  /** There are more rows than a paper takes. */
  cut: boolean;
  busy: boolean;
  print: () => void;
}

/** Reads every page of a list, shows them all, prints, and gives the list back its page. */
export function usePrintAll<Row>(
  read: (query: { limit: number; cursor?: string }) => Promise<Page<Row>>,
): PrintAll<Row> {
  const m = useMessages();
  const [busy, setBusy] = useState(false);
  const [all, setAll] = useState<{ rows: Row[]; cut: boolean } | null>(null);
  useEffect(() => {
    if (!all) return undefined;
    const done = () => setAll(null);
    addEventListener('afterprint', done);
    // The rows have to stand on the page before it is taken to paper.
    const frame = requestAnimationFrame(() => print());
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('afterprint', done);
    };
  }, [all]);
  return {
    rows: all?.rows,
    cut: all?.cut ?? false,
    busy,
    print: () => {
      setBusy(true);
      readAll(read)
        .then(setAll)
        .catch((e: unknown) => refused(e, m))
        .finally(() => setBusy(false));
    },
  };
}

/** Every row, up to as many as are printed. */
export async function readAll<Row>(
  read: (query: { limit: number; cursor?: string }) => Promise<Page<Row>>,
): Promise<{ rows: Row[]; cut: boolean }> {
  const rows: Row[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Row> = await read({ limit: PAGE, ...(cursor ? { cursor } : {}) });
    rows.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && rows.length < MOST);
  return { rows, cut: Boolean(cursor) };
}
