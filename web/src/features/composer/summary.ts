import type { Plan } from '../../api/types';

/** Above this many people the number is typed before the phones ring. */
export const TYPE_ABOVE = 50;

export interface PlanSummary {
  callable: number;
  skippedTotal: number;
  /** Reasons with somebody in them, the largest first. */
  skipped: Plan['skipped'];
  /** What must be typed to start, if anything. */
  word: string | undefined;
}

/** The plan in the order a person asks: who rings, who does not, and why. */
export function summarize(plan: Plan): PlanSummary {
  const skipped = plan.skipped.filter((s) => s.count > 0).sort((a, b) => b.count - a.count);
  return {
    callable: plan.callable,
    skippedTotal: skipped.reduce((sum, s) => sum + s.count, 0),
    skipped,
    word: plan.callable > TYPE_ABOVE ? String(plan.callable) : undefined,
  };
}
