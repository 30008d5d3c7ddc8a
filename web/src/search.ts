import * as z from 'zod/mini';
import type { Content } from './api/types';

// What pages keep in the address: typed on reading, so that a mistyped or old
// link shows the page without its filter rather than an error.

// Zod probes for eval otherwise, which the page's policy reports as a violation.
z.config({ jitless: true });

const text = z.catch(z.optional(z.string()), undefined);

export const consentStates = ['none', 'invited', 'opted_in', 'opted_out', 'lapsed'] as const;
export const employeeSorts = ['name', '-name', 'created_at', '-created_at'] as const;
export const campaignStates = ['draft', 'scheduled', 'running', 'paused', 'finished', 'cancelled', 'expired'] as const;
export const recipientStates = [
  'pending',
  'dialling',
  'answered',
  'answered_no_key',
  'voicemail',
  'no_answer',
  'busy',
  'failed',
  'skipped',
  'cancelled',
] as const;
/** Who needs somebody's attention: all of them, or those of one group. */
export const attention = ['all', 'needs_help', 'not_reached', 'no_key'] as const;
export const accountStates = ['registered', 'pending_review', 'active', 'rejected', 'suspended'] as const;

/**
 * Only addresses of this site: "//other.example" and full URLs are refused, also
 * with the second slash encoded or behind a tab, which browsers leave out.
 */
const ownPath = z.catch(z.optional(z.string().check(z.regex(/^\/(?![/\\\t\r\n]|%2f|%5c)/i))), undefined);

export const login = z.object({
  next: ownPath,
  note: z.catch(z.optional(z.enum(['ended', 'password'])), undefined),
});

export const employees = z.object({
  search: text,
  consent: z.catch(z.optional(z.enum(consentStates)), undefined),
  tag: text,
  sort: z.catch(z.optional(z.enum(employeeSorts)), undefined),
  open: text,
});

export const importSteps = ['columns', 'check', 'confirm'] as const;

export const importFile = z.object({ step: z.catch(z.optional(z.enum(importSteps)), undefined) });

export const campaigns = z.object({ status: z.catch(z.optional(z.enum(campaignStates)), undefined) });

export const roster = z.object({
  state: z.catch(z.optional(z.enum(recipientStates)), undefined),
  answer: z.catch(z.optional(z.number()), undefined),
  attention: z.catch(z.optional(z.enum(attention)), undefined),
  search: text,
});

export type RosterSearch = z.infer<typeof roster>;

export const inboxStates = ['open', 'done'] as const;

export const inbox = z.object({ state: z.catch(z.optional(z.enum(inboxStates)), undefined), search: text });

export const audit = z.object({ action: text, actor: text, from: text, to: text });

export const operatorAudit = z.object({
  action: text,
  actor: text,
  account: text,
  subject: text,
  request: text,
  from: text,
  to: text,
});

export const accounts = z.object({ status: z.catch(z.optional(z.enum(accountStates)), undefined) });

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** People picked in the table for a new campaign; too many for the address. */
    employeeIds?: string[];
    /** The words of a saved message for a new campaign. */
    message?: Content;
  }
}
