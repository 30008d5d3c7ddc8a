import { describe, expect, it } from 'vitest';
import { problemFromBody } from '../../api/problem';
import type { ImportResult } from '../../api/types';
import { MAX_BYTES, reduce, start, type Wizard } from './wizard';

const csv = new File(['name,phone\n'], 'people.csv', { type: 'text/csv' });
const problem = problemFromBody({ status: 422, code: 'invalid', detail: 'no' }, 422);

const result = (over: Partial<ImportResult> = {}): ImportResult => ({
  dry_run: true,
  total: 10,
  new: 5,
  changed: 1,
  unchanged: 3,
  rejected: 1,
  errors: [],
  columns: [],
  sample: [],
  import_id: '',
  finish_at: null,
  invitations_queued: 0,
  ...over,
});

const checking = reduce(start, { type: 'chosen', file: csv });
const checked = reduce(checking, { type: 'checked', result: result() });
const confirm = reduce(checked, { type: 'continue' });

describe('choosing', () => {
  it('takes a CSV by its name or by its type', () => {
    expect(checking.step).toBe('checking');
    const typed = new File([''], 'export', { type: 'text/csv' });
    expect(reduce(start, { type: 'chosen', file: typed }).step).toBe('checking');
    const excel = new File([''], 'LIST.CSV', { type: 'application/vnd.ms-excel' });
    expect(reduce(start, { type: 'chosen', file: excel }).step).toBe('checking');
  });

  it('refuses a spreadsheet and a file that is too large before sending a byte', () => {
    const xlsx = new File([''], 'people.xlsx');
    expect(reduce(start, { type: 'chosen', file: xlsx })).toEqual({ step: 'choose', refusal: 'not_csv' });
    const large = new File([''], 'people.csv');
    Object.defineProperty(large, 'size', { value: MAX_BYTES + 1 });
    expect(reduce(start, { type: 'chosen', file: large })).toEqual({ step: 'choose', refusal: 'too_big' });
  });
});

describe('checking', () => {
  it('counts the bytes and then shows the result', () => {
    expect(reduce(checking, { type: 'sent', fraction: 0.4 })).toMatchObject({ sent: 0.4 });
    expect(checked).toMatchObject({ step: 'check', file: csv });
  });

  it('goes back to the choice with the reason when the file is refused', () => {
    expect(reduce(checking, { type: 'refused', problem })).toEqual({ step: 'choose', refusal: problem });
  });

  it('does not go on when nothing would change', () => {
    const idle = reduce(checking, { type: 'checked', result: result({ new: 0, changed: 0 }) });
    expect(reduce(idle, { type: 'continue' })).toBe(idle);
    expect(confirm.step).toBe('confirm');
  });
});

describe('confirming', () => {
  const busy = reduce(confirm, { type: 'submitted' });

  it('keeps its place and says why when it is refused', () => {
    expect(reduce(busy, { type: 'refused', problem })).toEqual({ ...confirm, busy: false, refusal: problem });
  });

  it('cannot go back while rows are being taken', () => {
    expect(reduce(busy, { type: 'back' })).toBe(busy);
    expect(reduce(confirm, { type: 'back' }).step).toBe('check');
  });

  it('ends with the counts of the real run', () => {
    const real = result({ dry_run: false, new: 4 });
    expect(reduce(busy, { type: 'taken', result: real })).toEqual({ step: 'done', result: real });
  });
});

it('ignores events of another step', () => {
  const states: Wizard[] = [start, checking, checked, confirm];
  for (const state of states) {
    if (state.step !== 'checking') expect(reduce(state, { type: 'sent', fraction: 1 })).toBe(state);
    if (state.step !== 'confirm') expect(reduce(state, { type: 'submitted' })).toBe(state);
    expect(reduce(state, { type: 'restart' })).toEqual(start);
  }
});
