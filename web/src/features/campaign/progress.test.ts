import { describe, expect, it } from 'vitest';
import type { Campaign, Forecast, Progress, Recipient } from '../../api/types';
import { progress as some } from '../../test/campaign';
import { answered, finals, merge, newer, outlook, patchRows, reached, standing } from './progress';

const progress = (over: Partial<Progress>) => some({ total: 10, ...over });

it('counts as final all but the waiting and the ringing', () => {
  expect(finals(progress({ pending: 3, dialling: 2, answered: 1, skipped: 2, cancelled: 2 }))).toBe(5);
});

it('counts as reached who heard the message', () => {
  expect(reached(progress({ answered: 1, answered_no_key: 2, voicemail: 4, no_answer: 8 }))).toBe(7);
});

it('counts a key at once, while its call still goes on', () => {
  const p = progress({ dialling: 2, answered: 1, answers: { '1': 2, '2': 1 } });
  expect(answered(p)).toBe(3);
  expect(reached(p)).toBe(3);
  expect(standing({ state: 'dialling', answer: 1 } as Recipient)).toBe('answered');
  expect(standing({ state: 'dialling', answer: null } as Recipient)).toBe('dialling');
  // A key after which the person said stop is no answer.
  expect(standing({ state: 'skipped', answer: 1 } as Recipient)).toBe('skipped');
});

describe('merge', () => {
  const at = (updated_at: string, status: Campaign['status'], p: Progress) =>
    ({ status, updated_at, progress: p }) as Campaign;

  it('does not let a late message undo a pause, but takes its figures', () => {
    const paused = at('2026-11-23T14:00:02Z', 'paused', progress({ pending: 5, answered: 5, calls_made: 5 }));
    const late = at('2026-11-23T14:00:01Z', 'running', progress({ pending: 4, answered: 6, calls_made: 6 }));
    expect(merge(paused, late)).toMatchObject({ status: 'paused', progress: late.progress });
  });

  it('takes the first and every newer message as it is', () => {
    const first = at('2026-11-23T14:00:01Z', 'running', progress({ pending: 10 }));
    const next = at('2026-11-23T14:00:02Z', 'finished', progress({ answered: 10, calls_made: 10 }));
    expect(merge(undefined, first)).toEqual(first);
    expect(merge(first, next)).toEqual(next);
  });
});

describe('newer', () => {
  const known = progress({ pending: 5, answered: 5, calls_made: 6 });

  it('takes what has moved on', () => {
    const next = progress({ pending: 4, answered: 6, calls_made: 7 });
    expect(newer(known, next)).toBe(next);
    expect(newer(undefined, next)).toBe(next);
  });

  it('keeps what it has when an older count comes late', () => {
    expect(newer(known, progress({ pending: 6, answered: 4, calls_made: 6 }))).toBe(known);
  });

  it('takes a retry, which moves somebody from ringing back to waiting', () => {
    const ringing = progress({ pending: 4, dialling: 1, answered: 5, calls_made: 6 });
    const waiting = progress({ pending: 5, answered: 5, calls_made: 6 });
    expect(newer(ringing, waiting)).toBe(waiting);
  });

  it('takes another launch as it is', () => {
    const other = progress({ total: 3, pending: 3 });
    expect(newer(known, other)).toBe(other);
  });
});

describe('patchRows', () => {
  const row = (id: string, state: Recipient['state']) => ({ id, state }) as Recipient;

  it('changes rows in place and adds none', () => {
    const rows = [row('a', 'pending'), row('b', 'dialling')];
    expect(patchRows(rows, [row('b', 'answered'), row('z', 'answered')])).toEqual([
      row('a', 'pending'),
      row('b', 'answered'),
    ]);
  });

  it('gives the same list back when nothing in it changed, so that nothing is drawn again', () => {
    const rows = [row('a', 'pending')];
    expect(patchRows(rows, [row('z', 'answered')])).toBe(rows);
  });
});

it('foretells of those who wait now, where the forecast is of a moment ago', () => {
  const forecast = { people: 14, today: 14, later: 0, never: 0 } as Forecast;
  expect(outlook(forecast, progress({ pending: 10 }))).toEqual({ ...forecast, people: 10, today: 10 });
  expect(outlook(forecast, progress({ pending: 0 }))).toBeNull();
  expect(outlook(null, progress({ pending: 10 }))).toBeNull();
  // Who is called when cannot be told from the figures.
  const split = { ...forecast, today: 9, later: 5 };
  expect(outlook(split, progress({ pending: 10 }))).toEqual(split);
});
