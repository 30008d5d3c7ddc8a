import { expect, it } from 'vitest';
import { detailText } from './AuditTable';

it('says what changed as before and after, and cuts hashes', () => {
  expect(
    detailText({
      two_person_above: { from: null, to: 50 },
      name: { from: 'Frost', to: 'Thaw' },
      reason: 'A new customer',
      plan_hash: 'ab'.repeat(32),
      zones: ['a', 'b'],
    }),
  ).toBe(
    'two person above: – → 50 · name: Frost → Thaw · reason: A new customer · plan hash: abababababab… · zones: a, b',
  );
});

it('says what is nested in brackets, and counts ids', () => {
  const attempts = ['0a1b2c3d-0000-4000-8000-00000000000a', '0a1b2c3d-0000-4000-8000-00000000000b'];
  expect(
    detailText({
      tripped: { hung_up: { events: 2, calls: 4, limit_percent: 40, attempts } },
      campaigns: [attempts[0]],
    }),
  ).toBe(
    'tripped (hung up (events: 2, calls: 4, limit percent: 40, attempts: 2)) · campaigns: 0a1b2c3d-0000-4000-8000-00000000000a',
  );
});
