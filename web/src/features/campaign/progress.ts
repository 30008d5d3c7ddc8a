import type { Campaign, Choice, Forecast, Progress, Recipient } from '../../api/types';

export type Outcome = Recipient['state'];

/** The order of outcomes in the bar: reached first, open last. */
export const outcomes: readonly Outcome[] = [
  'answered',
  'answered_no_key',
  'voicemail',
  'no_answer',
  'busy',
  'failed',
  'skipped',
  'cancelled',
  'dialling',
  'pending',
];

export const isOver = (status: Campaign['status']) => ['finished', 'cancelled', 'expired'].includes(status);

/** Over, and nobody is in a call any more: a campaign that was stopped still has calls that end. */
export const isSettled = (c: Campaign) => isOver(c.status) && c.progress.dialling + c.progress.pending === 0;

/** People for whom nothing more will happen. */
export function finals(p: Progress): number {
  return outcomes.reduce((sum, o) => (o === 'dialling' || o === 'pending' ? sum : sum + p[o]), 0);
}

/** People who pressed a key; it counts at once, while the call still thanks them. */
export function answered(p: Progress): number {
  const keys = Object.values(p.answers).reduce((sum, n) => sum + n, 0);
  return Math.max(p.answered, keys);
}

/** People who heard the message: picked up, or found it in their voicemail. */
export function reached(p: Progress): number {
  return answered(p) + p.answered_no_key + p.voicemail;
}

/**
 * The newer of two counts. An outcome is final, so the one with more finals is
 * newer; an answer that was overtaken on its way must not turn figures back.
 */
export function newer(known: Progress | undefined, next: Progress): Progress {
  if (!known || known.total !== next.total) return next;
  // Calls made may fall: one that the carrier never took is taken back.
  return finals(next) < finals(known) ? known : next;
}

/**
 * The forecast of those who wait now. The server looks ahead only every few seconds; where
 * everybody is called on one day, the figures beside the sentence are the newer count.
 */
export function outlook(forecast: Forecast | null, progress: Progress): Forecast | null {
  if (!forecast || progress.pending === 0) return null;
  if (forecast.today !== forecast.people) return forecast;
  return { ...forecast, people: progress.pending, today: progress.pending };
}

/** Where a person stands as the page says it: an answer counts before the call has ended. */
export function standing(r: Recipient): Outcome {
  return r.state === 'dialling' && r.answer !== null ? 'answered' : r.state;
}

/** What a stream tells, joined to what is known: neither figures nor the state run backwards. */
export function merge(known: Campaign | undefined, next: Campaign): Campaign {
  const base = known && Date.parse(known.updated_at) > Date.parse(next.updated_at) ? known : next;
  return { ...base, progress: newer(known?.progress, next.progress) };
}

/** Replaces the rows that changed and leaves order and others as they are. */
export function patchRows(rows: Recipient[], changed: Recipient[]): Recipient[] {
  const byId = new Map(changed.map((r) => [r.id, r]));
  return rows.some((r) => byId.has(r.id)) ? rows.map((r) => byId.get(r.id) ?? r) : rows;
}

/** What a key stands for, in the default language or in any that is there. */
export function labelOf(campaign: Campaign, choice: Choice): string {
  return choice.label[campaign.content.language_default ?? 'en'] ?? Object.values(choice.label)[0] ?? '';
}
