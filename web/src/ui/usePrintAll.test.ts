import { expect, it } from 'vitest';
import { MOST, readAll } from './usePrintAll';

/** A list of n rows behind an API of pages. */
function list(n: number) {
  const asked: (string | undefined)[] = [];
  const read = async ({ limit, cursor }: { limit: number; cursor?: string }) => {
    asked.push(cursor);
    const from = Number(cursor ?? 0);
    const items = Array.from({ length: Math.min(limit, n - from) }, (_, i) => from + i);
    return { items, next_cursor: from + limit < n ? String(from + limit) : null };
  };
  return { asked, read };
}

it('takes every page, in order', async () => {
  const { asked, read } = list(450);
  const all = await readAll(read);
  expect(all.rows).toEqual(Array.from({ length: 450 }, (_, i) => i));
  expect(all.cut).toBe(false);
  expect(asked).toEqual([undefined, '200', '400']);
});

it('stops at what a paper takes, and says so', async () => {
  const all = await readAll(list(MOST + 1).read);
  expect(all.rows).toHaveLength(MOST);
  expect(all.cut).toBe(true);
  expect((await readAll(list(MOST).read)).cut).toBe(false);
});
