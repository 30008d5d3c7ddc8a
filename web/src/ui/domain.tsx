import type { Campaign, Consent, Recipient } from '../api/types';
import { useMessages } from '../messages/context';
import { Status, type Tone } from './Status';

const consentTones: Record<Consent, Tone> = {
  none: 'idle',
  invited: 'waiting',
  opted_in: 'good',
  opted_out: 'stopped',
  lapsed: 'warn',
};

export function ConsentStatus({ state }: { state: Consent }) {
  const m = useMessages();
  return <Status tone={consentTones[state]} label={m.employees.consent[state]} />;
}

const campaignTones: Record<Campaign['status'], Tone> = {
  draft: 'idle',
  scheduled: 'waiting',
  running: 'running',
  paused: 'paused',
  finished: 'good',
  cancelled: 'stopped',
  expired: 'warn',
};

export function CampaignStatus({ campaign }: { campaign: Pick<Campaign, 'status' | 'approval'> }) {
  const m = useMessages();
  if (awaitsApproval(campaign)) return <Status tone="waiting" label={m.campaigns.approval.waiting} />;
  return <Status tone={campaignTones[campaign.status]} label={m.campaigns.status[campaign.status]} />;
}

/** A draft that a second person has yet to approve. */
export const awaitsApproval = (c: Pick<Campaign, 'status' | 'approval'>) =>
  c.status === 'draft' && c.approval?.state === 'waiting';

const outcomeTones: Record<Recipient['state'], Tone> = {
  answered: 'good',
  answered_no_key: 'warn',
  voicemail: 'waiting',
  no_answer: 'warn',
  busy: 'warn',
  failed: 'bad',
  skipped: 'idle',
  cancelled: 'stopped',
  dialling: 'running',
  pending: 'idle',
};

/** `label` says it more exactly where more is known. */
export function OutcomeStatus({ state, label }: { state: Recipient['state']; label?: string }) {
  const m = useMessages();
  return <Status tone={outcomeTones[state]} label={label ?? m.campaigns.outcomes[state]} />;
}

/** The colours of outcomes in bars; the legend beside them always says the word. */
export const outcomeColors: Record<Recipient['state'], string> = {
  answered: 'var(--mantine-color-teal-6)',
  answered_no_key: 'var(--mantine-color-lime-6)',
  voicemail: 'var(--mantine-color-blue-5)',
  no_answer: 'var(--mantine-color-orange-5)',
  busy: 'var(--mantine-color-yellow-6)',
  failed: 'var(--mantine-color-red-6)',
  skipped: 'var(--mantine-color-gray-6)',
  cancelled: 'var(--mantine-color-gray-8)',
  dialling: 'var(--mantine-color-petrol-4)',
  pending: 'var(--mantine-color-gray-4)',
};
