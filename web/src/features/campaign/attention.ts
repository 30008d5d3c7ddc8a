import type { Campaign } from '../../api/types';

/** Who needs somebody's attention, in the order in which they are helped. */
export const attentionGroups = ['needs_help', 'not_reached', 'no_key'] as const;
export type AttentionGroup = (typeof attentionGroups)[number];

/** How many there are of each. The API counts the same people by the same rules. */
export function attentionCounts({ content, progress }: Campaign): Record<AttentionGroup, number> {
  const help = content.choices.filter((c) => c.needs_help);
  return {
    needs_help: help.reduce((sum, c) => sum + (progress.answers[String(c.key)] ?? 0), 0),
    not_reached: progress.no_answer + progress.busy + progress.failed + progress.cancelled,
    no_key: progress.answered_no_key,
  };
}
