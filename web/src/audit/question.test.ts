import { expect, it } from 'vitest';
import { auditQuestion, platformQuestion } from './question';

it('makes instants of days, the last one whole', () => {
  expect(auditQuestion({ action: 'campaign.', from: '2026-11-01', to: '2026-11-01' }, 'America/Toronto')).toEqual({
    action: 'campaign.',
    from: '2026-11-01T04:00:00.000Z',
    to: '2026-11-02T05:00:00.000Z',
  });
  expect(auditQuestion({ from: 'yesterday', to: '' }, 'UTC')).toEqual({});
});

it('asks for an account only by a whole id', () => {
  const account = '11111111-1111-4111-8111-111111111111';
  expect(platformQuestion({ account, subject: 'x', request: 'r', actor: 'Ann' }, 'UTC')).toEqual({
    account_id: account,
    subject_id: 'x',
    request_id: 'r',
    actor: 'Ann',
  });
  expect(platformQuestion({ account: '1111' }, 'UTC')).toEqual({});
});
