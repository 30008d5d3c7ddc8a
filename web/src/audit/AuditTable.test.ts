import { expect, it } from 'vitest';
import { detailText } from './AuditTable';

it('says what changed as before and after, and cuts hashes', () => {
  expect(
    detailText({
      two_person_above: { from: null, to: 50 },
      name: { from: 'Frost', to: 'Thaw' },
      reason: 'A new customer',
      plan_hash: 'ab'.repeat(32),
      zones: ['a'],
    }),
  ).toBe(
    'two person above: – → 50 · name: Frost → Thaw · reason: A new customer · plan hash: abababababab… · zones: ["a"]',
  );
});
