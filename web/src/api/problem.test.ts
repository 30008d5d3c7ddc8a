import { describe, expect, it } from 'vitest';
import {
  fieldPath,
  fieldPaths,
  OFFLINE,
  offline,
  ProblemError,
  problemFromBody,
  splitErrors,
  toProblem,
  UNEXPECTED,
} from './problem';

describe('problemFromBody', () => {
  it('reads a problem of the API', () => {
    const p = problemFromBody(
      { status: 422, code: 'invalid', detail: 'Look.', errors: [{ location: 'body.phone' }] },
      422,
    );
    expect(p).toMatchObject({ status: 422, code: 'invalid', detail: 'Look.', errors: [{ location: 'body.phone' }] });
  });

  it.each([null, undefined, 'Bad Gateway', 42, [], { errors: 'no list' }])('makes a problem of %j', (body) => {
    expect(problemFromBody(body, 502)).toMatchObject({ status: 502, code: UNEXPECTED, errors: [] });
  });

  it('keeps the seconds to wait, and ignores what is no number', () => {
    expect(problemFromBody({}, 429, '90').retryAfter).toBe(90);
    expect(problemFromBody({}, 429, 'Wed, 21 Oct 2026').retryAfter).toBeUndefined();
    expect(problemFromBody({}, 429, null).retryAfter).toBeUndefined();
  });
});

describe('toProblem', () => {
  it('knows silence from refusal', () => {
    expect(toProblem(offline()).code).toBe(OFFLINE);
    expect(toProblem(new TypeError('x is not a function')).code).toBe(UNEXPECTED);
    const refusal = problemFromBody({ status: 403, code: 'owner_only' }, 403);
    expect(toProblem(new ProblemError(refusal))).toBe(refusal);
    expect(toProblem(new Error('anything')).code).toBe(UNEXPECTED);
  });
});

describe('fieldPath', () => {
  it.each([
    ['body.phone', 'phone'],
    ['body.content.choices[0].label.en', 'content.choices.0.label.en'],
    ['body.content.texts.fr.message', 'content.texts.fr.message'],
    ['query.limit', undefined],
    [undefined, undefined],
  ])('%s is %s', (location, path) => {
    expect(fieldPath(location)).toBe(path);
  });
});

describe('splitErrors', () => {
  const fields = fieldPaths({ name: '', tags: ['a'], content: { choices: [{ key: 1, label: { en: '' } }] } });
  const split = (location: string, aliases?: Record<string, string>) =>
    splitErrors(problemFromBody({ errors: [{ location, message: 'wrong' }] }, 422), fields, aliases);

  it('lists leaves and whole lists', () => {
    expect(fields).toEqual([
      'name',
      'tags',
      'tags.0',
      'content.choices',
      'content.choices.0.key',
      'content.choices.0.label.en',
    ]);
  });

  it('gives an error to its field', () => {
    expect(split('body.name').fields).toEqual({ name: 'wrong' });
    expect(split('body.content.choices[0].label.en').fields).toEqual({ 'content.choices.0.label.en': 'wrong' });
  });

  it('gives the error of a part to the list that holds it', () => {
    expect(split('body.tags[7]').fields).toEqual({ tags: 'wrong' });
  });

  it('follows an alias', () => {
    expect(split('body.title', { title: 'name' }).fields).toEqual({ name: 'wrong' });
  });

  it('leaves what no field shows to the form', () => {
    expect(split('body.names')).toEqual({ fields: {}, rest: ['wrong'] });
    expect(split('query.cursor')).toEqual({ fields: {}, rest: ['wrong'] });
  });

  it('keeps the first message of a field', () => {
    const p = problemFromBody(
      {
        errors: [
          { location: 'body.name', message: 'first' },
          { location: 'body.name', message: 'second' },
        ],
      },
      422,
    );
    expect(splitErrors(p, fields).fields).toEqual({ name: 'first' });
  });
});
