import { expect, it } from 'vitest';
import type { Forecast } from '../api/types';
import { en } from '../messages/en';
import { forecastText } from './forecast';

const whole: Forecast = {
  people: 612,
  rate_per_minute: 40,
  zones: 3,
  time_zone: 'America/Toronto',
  first_at: '2026-11-23T23:05:00Z',
  today: 571,
  today_done_at: '2026-11-23T23:20:00Z',
  later: 37,
  later_from: '2026-11-24T14:01:00Z',
  never: 4,
  done_at: '2026-11-24T14:02:00Z',
};

it('says how many, how fast, by when, who later and who never, in the zone it names', () => {
  expect(forecastText(whole, en)).toBe(
    '612 people, 40 calls a minute, 3 time zones: 571 called by Mon, Nov 23, 2026, 18:20; ' +
      '37 only from Tue, Nov 24, 2026, 09:01, the last about Tue, Nov 24, 2026, 09:02; 4 never before the deadline. ' +
      'Times in America/Toronto.',
  );
});

it('leaves out what does not happen', () => {
  const simple = { ...whole, people: 1, zones: 1, today: 1, later: 0, later_from: null, never: 0 };
  expect(forecastText(simple, en)).toBe(
    '1 person, 40 calls a minute: done about Mon, Nov 23, 2026, 18:20. Times in America/Toronto.',
  );
  const nobody = {
    ...simple,
    rate_per_minute: 0,
    first_at: null,
    today: 0,
    today_done_at: null,
    never: 1,
    done_at: null,
  };
  expect(forecastText(nobody, en)).toBe('1 person: 1 never before the deadline. Times in America/Toronto.');
});
