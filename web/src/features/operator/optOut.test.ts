import { expect, it } from 'vitest';
import { type OptOutValues, optOutBody, wallClock } from './optOut';

const values: OptOutValues = {
  phone: '416 555 0101',
  scope: 'account',
  account_id: 'a1',
  date: '2026-11-23',
  time: '09:05',
  evidence: 'Ticket 4471',
  reason: 'No calls',
};

it('names a company only where one is meant', () => {
  expect(optOutBody(values)).toMatchObject({ scope: 'account', account_id: 'a1', phone: '416 555 0101' });
  expect(optOutBody({ ...values, scope: 'platform' })).not.toHaveProperty('account_id');
  expect(optOutBody(values)).not.toHaveProperty('date');
});

it('makes an instant of this screen’s wall clock, and back', () => {
  const { received_at } = optOutBody(values);
  expect(wallClock(new Date(received_at))).toEqual({ date: '2026-11-23', time: '09:05' });
  expect(optOutBody({ ...values, time: '' }).received_at).toBe(new Date('2026-11-23T00:00').toISOString());
});
