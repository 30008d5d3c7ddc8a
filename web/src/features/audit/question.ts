import { dayStart } from '../../ui/time';

interface Filters {
  action?: string;
  actor?: string;
  from?: string;
  to?: string;
}

/** The filters of the address as the API takes them: days become instants of the account's zone, the last day whole. */
export function auditQuestion({ action, actor, from, to }: Filters, zone: string): Record<string, string> {
  return {
    ...(action ? { action } : {}),
    ...(actor ? { actor } : {}),
    ...(isDay(from) ? { from: dayStart(from, zone) } : {}),
    ...(isDay(to) ? { to: dayStart(to, zone, 1) } : {}),
  };
}

function isDay(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text);
}
