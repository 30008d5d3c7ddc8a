import type { Campaign, Progress } from '../api/types';

/** How a campaign stands: nothing has happened but what is said. */
export const progress = (over: Partial<Progress> = {}): Progress => ({
  total: 0,
  pending: 0,
  dialling: 0,
  answered: 0,
  answered_no_key: 0,
  voicemail: 0,
  no_answer: 0,
  busy: 0,
  failed: 0,
  skipped: 0,
  cancelled: 0,
  answers: {},
  calls_made: 0,
  rate_per_minute: 0,
  first_ring_at: null,
  expected_end_at: null,
  ...over,
});

/** A campaign of 200 people that was started, and what the test changes. */
export function campaign(changes: Partial<Campaign> = {}) {
  return {
    id: 'c1',
    name: 'Plant closed',
    status: 'running',
    status_reason: '',
    content: {
      purpose: { en: 'x' },
      language_default: 'en',
      texts: {},
      voice: 'female',
      choices: [],
      voicemail: 'leave',
    },
    audience: { kind: 'all' },
    start_wall: '',
    start_zone: '',
    start_at: null,
    dial_until: null,
    dial_until_wall: '',
    max_attempts: 2,
    retry_minutes: 30,
    created_at: '2026-11-23T14:00:00Z',
    updated_at: '2026-11-23T14:00:00Z',
    launched_at: '2026-11-23T14:00:00Z',
    started_at: '2026-11-23T14:00:00Z',
    finished_at: null,
    plan_hash: '',
    manifest_hash: '',
    manifest_total: 200,
    tripped: [],
    forecast: null,
    progress: progress({
      total: 200,
      pending: 100,
      answered: 60,
      answered_no_key: 40,
      calls_made: 100,
      rate_per_minute: 60,
    }),
    ...changes,
  };
}
