import { describe, expect, it } from 'vitest';
import type { Campaign } from '../../api/types';
import { en } from '../../messages/en';
import { type Draft, draftOf, emptyDraft, freeKey, inputOf, insertAt, missing } from './draft';

const needed = en.composer.needed;

function complete(): Draft {
  const d = emptyDraft('America/Toronto');
  d.name = 'Plant closed';
  d.content.purpose.en = 'tomorrow’s shift';
  d.content.texts.en = { message: 'The plant is closed.', voicemail: '' };
  d.content.choices = [{ key: 1, label: { en: 'you have understood' } }];
  return d;
}

describe('missing', () => {
  it('names everything an empty draft lacks, and nothing of a complete one', () => {
    expect(Object.keys(missing(emptyDraft('UTC'), needed)).sort()).toEqual([
      'content.choices.0.label.en',
      'content.purpose.en',
      'content.texts.en.message',
      'name',
    ]);
    expect(missing(complete(), needed)).toEqual({});
  });

  it('asks for every language that was added', () => {
    const d = complete();
    d.content.texts.fr = { message: '  ', voicemail: '' };
    expect(Object.keys(missing(d, needed)).sort()).toEqual([
      'content.choices.0.label.fr',
      'content.purpose.fr',
      'content.texts.fr.message',
    ]);
  });

  it('asks for an audience that names somebody', () => {
    const d = complete();
    d.audience.kind = 'tags';
    expect(missing(d, needed)).toEqual({ 'audience.tags': needed.tags });
    d.audience.kind = 'selection';
    expect(missing(d, needed)).toEqual({ 'audience.employee_ids': needed.selection });
  });

  it('asks for day, time and zone only of a scheduled one', () => {
    const d = complete();
    d.later = true;
    expect(Object.keys(missing(d, needed)).sort()).toEqual(['start_date', 'start_time']);
    d.later = false;
    d.until = true;
    d.start_zone = '';
    expect(Object.keys(missing(d, needed)).sort()).toEqual(['start_zone', 'until_date', 'until_time']);
  });
});

describe('inputOf', () => {
  it('sends only the languages that are written', () => {
    const d = complete();
    d.content.purpose.fr = 'left over';
    d.content.choices = [{ key: 1, label: { en: 'yes', fr: 'left over' } }];
    const input = inputOf(d);
    expect(input.content.purpose).toEqual({ en: 'tomorrow’s shift' });
    expect(input.content.choices).toEqual([{ key: 1, label: { en: 'yes' } }]);
  });

  it('sends only the audience that is chosen', () => {
    const d = complete();
    d.audience = { kind: 'all', tags: ['plant'], employee_ids: ['e1'] };
    expect(inputOf(d).audience).toEqual({ kind: 'all' });
    d.audience.kind = 'tags';
    expect(inputOf(d).audience).toEqual({ kind: 'tags', tags: ['plant'] });
  });

  it('writes the start as wall time and zone', () => {
    const d = { ...complete(), later: true, start_date: '2026-11-23', start_time: '09:30' };
    expect(inputOf(d)).toMatchObject({ start_wall: '2026-11-23T09:30', start_zone: 'America/Toronto' });
    expect(inputOf(complete())).not.toHaveProperty('start_wall');
  });
});

it('comes back from the server as it went', () => {
  const d = { ...complete(), later: true, start_date: '2026-11-23', start_time: '09:30' };
  d.audience = { kind: 'tags', tags: ['plant'], employee_ids: [] };
  const stored = {
    ...inputOf(d),
    start_wall: '2026-11-23T09:30',
    start_zone: 'America/Toronto',
    dial_until_wall: '',
  } as unknown as Campaign;
  expect(inputOf(draftOf(stored, 'UTC'))).toEqual(inputOf(d));
});

it('keeps a deadline with the zone it is in, and takes it away when it is unticked', () => {
  const stored = {
    ...inputOf(complete()),
    start_wall: '',
    start_zone: 'America/Vancouver',
    dial_until_wall: '2026-11-24T17:45',
  } as unknown as Campaign;
  const draft = draftOf(stored, 'UTC');
  expect(draft).toMatchObject({ until: true, until_date: '2026-11-24', until_time: '17:45' });
  const sent = inputOf(draft);
  expect(sent).toMatchObject({ dial_until_wall: '2026-11-24T17:45', start_zone: 'America/Vancouver' });
  expect(sent).not.toHaveProperty('start_wall');
  const without = inputOf({ ...draft, until: false });
  expect(without).not.toHaveProperty('dial_until_wall');
  expect(without).not.toHaveProperty('start_zone');
});

it('offers the lowest free key and stops at seven', () => {
  expect(freeKey([{ key: 1 }, { key: 3 }])).toBe(2);
  expect(freeKey([1, 2, 3, 4, 5, 6, 7].map((key) => ({ key })))).toBeUndefined();
});

it('inserts where the cursor stands and replaces what is selected', () => {
  expect(insertAt('Hello , bye', '{{first_name}}', 6, 6)).toEqual({ text: 'Hello {{first_name}}, bye', cursor: 20 });
  expect(insertAt('Hello Dana', 'X', 6, 10)).toEqual({ text: 'Hello X', cursor: 7 });
});
