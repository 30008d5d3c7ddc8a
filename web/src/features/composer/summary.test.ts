import { expect, it } from 'vitest';
import type { Plan } from '../../api/types';
import { summarize, TYPE_ABOVE } from './summary';

const plan = (callable: number, skipped: [string, number][]): Plan => ({
  plan_hash: 'h',
  total: callable + skipped.reduce((sum, [, n]) => sum + n, 0),
  callable,
  skipped: skipped.map(([reason, count]) => ({ reason, label: reason, count, sample: [] })),
  in_hours_now: 0,
  first_call_at: null,
  expected_end_at: null,
  rate_per_minute: 60,
  forecast: {
    people: callable,
    rate_per_minute: 60,
    zones: 1,
    time_zone: 'UTC',
    first_at: null,
    today: 0,
    today_done_at: null,
    later: 0,
    later_from: null,
    never: callable,
    done_at: null,
  },
  zones: 1,
  other_language: 0,
  seconds_per_call: {},
  spoken: {},
  callable_sample: [],
  second_person_needed: false,
  launched_alone: 0,
});

it('puts the largest reason first and leaves out empty ones', () => {
  const s = summarize(
    plan(10, [
      ['opted_out', 3],
      ['lapsed', 0],
      ['no_reply', 40],
    ]),
  );
  expect(s.skipped.map((x) => x.reason)).toEqual(['no_reply', 'opted_out']);
  expect(s.skippedTotal).toBe(43);
});

it('asks for the number to be typed only above the limit', () => {
  expect(summarize(plan(TYPE_ABOVE, [])).word).toBeUndefined();
  expect(summarize(plan(TYPE_ABOVE + 1, [])).word).toBe(String(TYPE_ABOVE + 1));
});
