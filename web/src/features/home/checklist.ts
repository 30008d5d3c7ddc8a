import type { Me } from '../../api/types';

export interface Step {
  key: 'email' | 'approved' | 'phone' | 'people' | 'consent' | 'campaign' | 'launch';
  state: 'done' | 'yours' | 'later';
}

/**
 * What is done on the way to the first campaign. The first open step and every
 * other one that depends on nothing open is "yours"; the rest comes later.
 */
export function checklist(
  me: Me,
  funnel: { imported: number; opted_in: number },
  campaigns: { status: string }[],
): Step[] {
  const people = funnel.imported > 0;
  const consent = funnel.opted_in > 0;
  const launched = campaigns.some((c) => !['draft', 'cancelled'].includes(c.status));
  const yoursIf = (ready: boolean) => (ready ? 'yours' : 'later');
  return [
    { key: 'email', state: 'done' },
    { key: 'approved', state: me.account.status === 'active' ? 'done' : 'later' },
    { key: 'phone', state: me.user.phone_verified ? 'done' : 'yours' },
    { key: 'people', state: people ? 'done' : 'yours' },
    { key: 'consent', state: consent ? 'done' : yoursIf(people) },
    { key: 'campaign', state: campaigns.length > 0 ? 'done' : yoursIf(people) },
    { key: 'launch', state: launched ? 'done' : yoursIf(consent && campaigns.length > 0) },
  ];
}
