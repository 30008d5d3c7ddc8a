import { dayStart } from '../ui/time';

export interface Filters {
  action?: string;
  actor?: string;
  from?: string;
  to?: string;
}

export interface PlatformFilters extends Filters {
  account?: string;
  subject?: string;
  request?: string;
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

/** The same for operators, who may also ask for one account and for one thing that was acted on. */
export function platformQuestion(search: PlatformFilters, zone: string): Record<string, string> {
  const { account, subject, request } = search;
  return {
    ...auditQuestion(search, zone),
    ...(isUuid(account) ? { account_id: account } : {}),
    ...(subject ? { subject_id: subject } : {}),
    ...(request ? { request_id: request } : {}),
  };
}

export function isUuid(text: string | undefined): text is string {
  return text !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function isDay(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text);
}
