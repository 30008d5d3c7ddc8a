import { expect, type Page } from '@playwright/test';

export interface Person {
  id: string;
  name: string;
  phone: string;
  tags: string[];
  /** As stated; empty: by the number. */
  time_zone: string;
  zones: string[];
}

/** Tags of the sample's own campaigns. */
const own = ['Morning shift', 'Production'];

/**
 * Some of the people of a zone who said yes: with a tag of the sample's own campaigns, or
 * with none of them. Nobody is called more than three times a day, so tests that launch share few.
 */
export async function people(page: Page, from: number, to: number, tag?: string, zone = 'America/Toronto') {
  const list = await page.request.get('/api/v1/employees?consent=opted_in&limit=200');
  const { items } = (await list.json()) as { items: Person[] };
  const found = items
    .filter((p) => (p.time_zone || p.zones[0]) === zone)
    .filter((p) => (tag ? p.tags.includes(tag) : !p.tags.some((t) => own.includes(t))))
    .slice(from, to);
  expect(found, `people ${from} to ${to} of ${zone}`).toHaveLength(to - from);
  return found;
}

/** What a draft says, as the API takes it. */
export const words = (message: string) => ({
  purpose: { en: 'tomorrow’s shift' },
  language_default: 'en',
  texts: { en: { message } },
  voice: 'female',
  choices: [{ key: 1, label: { en: 'you have understood' } }],
  voicemail: 'leave',
});

/** Stores a draft for some people, without the composer, and returns its id. `changes` are of the API's shape. */
export async function draft(
  page: Page,
  name: string,
  to: Person[],
  message = 'The oven is cold.',
  changes: object = {},
): Promise<string> {
  const made = await page.request.post('/api/v1/campaigns', {
    data: {
      name,
      content: words(message),
      audience: { kind: 'selection', employee_ids: to.map((p) => p.id) },
      max_attempts: 1,
      retry_minutes: 30,
      ...changes,
    },
  });
  expect(made.status(), await made.text()).toBe(201);
  return ((await made.json()) as { id: string }).id;
}

/** Launches the draft at hand in the composer. */
export async function launch(page: Page, count: number): Promise<void> {
  await page.getByRole('button', { name: `Call ${count} people` }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Call ${count} people` })
    .click();
}

/** The audit log's newest rows of an action. */
export async function audited(page: Page, action: string): Promise<{ actor_name: string; detail: unknown }[]> {
  const list = await page.request.get('/api/v1/audit?limit=100');
  const { items } = (await list.json()) as { items: { action: string; actor_name: string; detail: unknown }[] };
  return items.filter((row) => row.action === action);
}
