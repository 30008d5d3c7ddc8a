import { describe, expect, it } from 'vitest';
import { dayStart, formatSeconds, formatTime } from './time';

describe('formatTime', () => {
  it('shows the wall clock of the zone in 24 hours', () => {
    expect(formatTime('2026-11-23T14:05:00Z', 'America/Toronto', 'en-CA')).toMatch(/Mon.*Nov.*23.*2026.*09:05/);
    expect(formatTime('2026-11-24T05:00:00Z', 'America/Toronto', 'en-CA', 'short')).toMatch(/00:00/);
  });

  it('falls back to UTC, and says so, for a zone the browser does not know', () => {
    expect(formatTime('2026-11-23T14:05:00Z', 'Mars/Olympus', 'en-CA')).toMatch(/14:05.*UTC$/);
  });

  it('shows nothing for what is no time', () => {
    expect(formatTime('yesterday', 'UTC', 'en-CA')).toBe('');
  });
});

describe('dayStart', () => {
  it.each([
    ['2026-07-01', 'America/Toronto', 0, '2026-07-01T04:00:00.000Z'],
    ['2026-12-01', 'America/Toronto', 0, '2026-12-01T05:00:00.000Z'],
    ['2026-12-31', 'America/Toronto', 1, '2027-01-01T05:00:00.000Z'],
    // The days on which the clocks change begin before the change.
    ['2026-03-08', 'America/Toronto', 0, '2026-03-08T05:00:00.000Z'],
    ['2026-03-08', 'America/Toronto', 1, '2026-03-09T04:00:00.000Z'],
    ['2026-11-01', 'America/Toronto', 0, '2026-11-01T04:00:00.000Z'],
    ['2026-11-01', 'America/Toronto', 1, '2026-11-02T05:00:00.000Z'],
    ['2026-07-01', 'America/St_Johns', 0, '2026-07-01T02:30:00.000Z'],
    ['2026-07-01', 'Pacific/Auckland', 0, '2026-06-30T12:00:00.000Z'],
  ])('%s in %s, %i later', (date, zone, days, iso) => {
    expect(dayStart(date, zone, days)).toBe(iso);
  });
});

it('rounds spans to what a person plans with', () => {
  expect(formatSeconds(42)).toBe('42 s');
  expect(formatSeconds(90)).toBe('2 min');
  expect(formatSeconds(3700)).toBe('1 h 02 min');
});
