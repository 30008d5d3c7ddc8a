import { describe, expect, it } from 'vitest';
import type { ImportFile } from '../../api/types';
import { hasWork, lookAgain, MAX_BYTES, percent, shown, unsendable } from './wizard';

const check = { columns: [], preview: [], errors: [], unread: 0, sample: [], changes: [] };

const file = (over: Partial<ImportFile> = {}): ImportFile => ({
  id: 'f1',
  file_name: 'people.csv',
  state: 'open',
  created_at: '2026-11-23T14:00:00Z',
  finished_at: null,
  phase: '',
  done: 0,
  to_do: 0,
  total: 10,
  new: 5,
  changed: 1,
  unchanged: 3,
  rejected: 1,
  gone: 0,
  invitations_queued: 0,
  finish_at: null,
  problem: null,
  archive: '',
  archive_confirmed: 0,
  archived: 0,
  kept: true,
  check,
  ...over,
});
const problem = { code: 'no_phone_column', message: 'No column is taken for the phone number.' };

describe('a file that is chosen', () => {
  it('is a CSV by its name or by its type', () => {
    expect(unsendable(new File(['name,phone\n'], 'people.csv', { type: 'text/csv' }))).toBeNull();
    expect(unsendable(new File([''], 'export', { type: 'text/csv' }))).toBeNull();
    expect(unsendable(new File([''], 'LIST.CSV', { type: 'application/vnd.ms-excel' }))).toBeNull();
  });

  it('is refused as a spreadsheet or as too large before a byte is sent', () => {
    expect(unsendable(new File([''], 'people.xlsx'))).toBe('not_csv');
    const large = new File([''], 'people.csv');
    Object.defineProperty(large, 'size', { value: MAX_BYTES + 1 });
    expect(unsendable(large)).toBe('too_big');
  });
});

describe('what an address shows', () => {
  it('is the step that was asked for, of a file that waits', () => {
    expect(shown(file(), undefined)).toBe('check');
    expect(shown(file(), 'columns')).toBe('columns');
    expect(shown(file(), 'check')).toBe('check');
    expect(shown(file(), 'confirm')).toBe('confirm');
  });

  it('goes no further than the file lets one', () => {
    for (const step of [undefined, 'check', 'confirm'] as const) expect(shown(file({ problem }), step)).toBe('columns');
    expect(hasWork(file({ new: 0, changed: 0 }))).toBe(false);
    expect(shown(file({ new: 0, changed: 0 }), 'confirm')).toBe('check');
    // Who is missing can be archived by a file that changes nobody, but not by one without a good row.
    expect(shown(file({ new: 0, changed: 0, gone: 2 }), 'confirm')).toBe('confirm');
    expect(shown(file({ new: 0, changed: 0, unchanged: 0, gone: 2 }), 'confirm')).toBe('check');
  });

  it('follows the job, whatever was asked for', () => {
    for (const step of [undefined, 'columns', 'confirm'] as const) {
      expect(shown(file({ state: 'queued', check: null }), step)).toBe('run');
      expect(shown(file({ state: 'running', check: null }), step)).toBe('run');
      expect(shown(file({ state: 'done', check: null }), step)).toBe('done');
    }
    expect(shown(file({ state: 'failed', problem }), undefined)).toBe('check');
  });
});

it('looks again only while a job has something in hand', () => {
  expect(lookAgain(undefined)).toBe(false);
  expect(lookAgain(file())).toBe(false);
  expect(lookAgain(file({ state: 'queued' }))).toBeGreaterThan(0);
  expect(lookAgain(file({ state: 'running' }))).toBeGreaterThan(0);
  expect(lookAgain(file({ state: 'done' }))).toBe(false);
  expect(lookAgain(file({ state: 'done', archive: 'queued' }))).toBeGreaterThan(0);
  expect(lookAgain(file({ state: 'done', archive: 'done' }))).toBe(false);
});

it('says how far a job is only where it knows', () => {
  expect(percent(file({ state: 'queued' }))).toBeNull();
  expect(percent(file({ state: 'running', phase: 'reading' }))).toBeNull();
  expect(percent(file({ state: 'running', phase: 'writing', done: 999, to_do: 1000 }))).toBe(99);
  expect(percent(file({ state: 'running', phase: 'writing', done: 0, to_do: 0 }))).toBeNull();
  expect(percent(file({ state: 'running', phase: 'inviting' }))).toBe(100);
});
