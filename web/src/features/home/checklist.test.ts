import { expect, it } from 'vitest';
import type { Me } from '../../api/types';
import { checklist } from './checklist';

const me = (phone_verified: boolean) => ({ user: { phone_verified }, account: { status: 'active' } }) as Me;
const states = (...args: Parameters<typeof checklist>) =>
  Object.fromEntries(checklist(...args).map((s) => [s.key, s.state]));

it('starts with the phone and the list', () => {
  expect(states(me(false), { imported: 0, opted_in: 0 }, [])).toEqual({
    email: 'done',
    approved: 'done',
    phone: 'yours',
    people: 'yours',
    consent: 'later',
    campaign: 'later',
    launch: 'later',
  });
});

it('opens the launch only when there is a message and somebody to hear it', () => {
  expect(states(me(true), { imported: 5, opted_in: 0 }, [{ status: 'draft' }])).toMatchObject({
    consent: 'yours',
    campaign: 'done',
    launch: 'later',
  });
  expect(states(me(true), { imported: 5, opted_in: 1 }, [{ status: 'draft' }]).launch).toBe('yours');
});

it('is done after the first campaign, but not after one that was stopped as a draft', () => {
  expect(states(me(true), { imported: 5, opted_in: 1 }, [{ status: 'cancelled' }]).launch).toBe('yours');
  expect(Object.values(states(me(true), { imported: 5, opted_in: 1 }, [{ status: 'running' }]))).toEqual(
    Array(7).fill('done'),
  );
});
