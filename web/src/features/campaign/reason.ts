import type { Messages } from '../../messages/context';

/** A stored reason in words; the carrier's own sentences stay as they are. */
export function reasonText(reason: string, m: Messages): string {
  const code = /^carrier_(\d+)$/.exec(reason)?.[1];
  if (code) return m.campaigns.roster.carrierRefused(code);
  return m.campaigns.roster.reasons[reason] ?? m.composer.plan.reasons[reason] ?? reason;
}
