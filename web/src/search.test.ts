import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import * as search from './search';

describe('login', () => {
  it.each(['/campaigns/c1?state=failed', '/home'])('leads on to %s', (next) => {
    expect(z.parse(search.login, { next }).next).toBe(next);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/%2f/evil.example',
    '/%5Cevil.example',
    '/\t/evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    'home',
    7,
    {},
  ])('leads nowhere for %j', (next) => {
    expect(z.parse(search.login, { next }).next).toBeUndefined();
  });
});

it('drops a filter it does not know and keeps the others', () => {
  expect(z.parse(search.employees, { consent: 'maybe', tag: 'plant', sort: 1 })).toEqual({ tag: 'plant' });
});
