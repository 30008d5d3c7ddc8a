import type { Page } from '@playwright/test';
import { draft, launch, people, words } from './support/campaigns';
import { Phone, stack } from './support/stack';
import { expect, fits, test } from './support/test';

// What a campaign came to: why one phone rang, who needs attention, the file, the paper and the follow-up.

const finished = `/campaigns/${stack.finished_campaign_id}`;
const why = /^Why did this phone ring\? /;

interface Row {
  id: string;
  name: string;
  state: string;
}

/** The rows of a campaign's roster, as the API gives them. */
async function roster(page: Page, id: string, query = ''): Promise<Row[]> {
  const list = await page.request.get(`/api/v1/campaigns/${id}/recipients?limit=200${query}`);
  return ((await list.json()) as { items: Row[] }).items;
}

/** Whether the whole of a button can be seen and nothing lies over it. */
async function reachable(page: Page, name: string): Promise<void> {
  const button = page.getByRole('button', { name, exact: true });
  await expect(button).toBeInViewport({ ratio: 1 });
  // Playwright clicks only what is not covered; a trial does all of that but the click.
  await button.click({ trial: true });
}

test('why a phone rang, on one page @phone', async ({ employer: page, looks }, info) => {
  const [row] = await roster(page, stack.finished_campaign_id, '&state=answered');
  const proof = await (
    await page.request.get(`/api/v1/campaigns/${stack.finished_campaign_id}/recipients/${row?.id}`)
  ).json();
  await page.goto(finished);
  await page.getByLabel('Search a name').fill(row?.name ?? '');
  await page
    .getByRole('link', { name: `Why did this phone ring? ${row?.name}` })
    .last()
    .click();
  await expect(page.getByRole('heading', { level: 1, name: why })).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`/people/${row?.id}$`));
  const consent = page.getByRole('region', { name: 'The yes that it relied on' });
  await expect(consent.getByText(String(proof.attempts[0].consent_event_id), { exact: true })).toBeVisible();
  await expect(consent.getByText('America/Toronto').first()).toBeVisible();
  const calls = page.getByRole('region', { name: 'Every call' });
  for (const a of proof.attempts) await expect(calls.getByText(a.call_sid, { exact: true })).toBeVisible();
  const list = page.getByRole('region', { name: 'Whose list it was on' });
  await expect(list.getByText(proof.campaign.manifest_hash)).toBeVisible();
  await expect(list.getByText(/Number \d+ of \d+ in the manifest/)).toBeVisible();
  await fits(page);
  if (info.project.name === 'desktop') await looks(page, 'why a phone rang');
  // The address alone is enough.
  await page.reload();
  await expect(calls.getByText(proof.attempts[0].call_sid, { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'The whole consent history of this person' }).click();
  await expect(page.getByRole('heading', { name: 'Consent history' })).toBeVisible();
  await page.getByRole('dialog').getByRole('link', { name: why }).first().click();
  await expect(calls).toBeVisible();
});

test('who needs attention is followed up @phone', async ({ employer: page, looks }, info) => {
  await page.goto(finished);
  const card = page.getByRole('region', { name: 'Who needs attention' });
  const missed = card.getByRole('button', { name: /not reached$/ });
  const count = Number.parseInt((await missed.textContent()) ?? '', 10);
  expect(count).toBeGreaterThan(0);
  expect((await roster(page, stack.finished_campaign_id, '&attention=not_reached')).length).toBe(count);
  await missed.click();
  await expect(page).toHaveURL(/attention=not_reached/);
  await expect(page.getByRole('table', { name: 'Person by person' }).getByRole('link', { name: why })).toHaveCount(
    count,
  );
  await fits(page);
  await card.getByRole('button', { name: 'Follow up' }).click();
  const dialog = page.getByRole('dialog');
  await expect(
    dialog.getByRole('button', { name: `Write to ${count} ${count === 1 ? 'person' : 'people'}` }),
  ).toBeEnabled();
  if (info.project.name === 'desktop') await looks(page, 'a follow-up');
  await dialog.getByRole('button', { name: /^Write to/ }).click();
  await expect(page).toHaveURL(/\/edit$/);
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(/^Follow-up: /);
  const id = /campaigns\/([^/]+)\/edit/.exec(page.url())?.[1];
  const made = await (await page.request.get(`/api/v1/campaigns/${id}`)).json();
  expect(made.audience.employee_ids).toHaveLength(count);
});

test('results on paper and as a file', async ({ employer: page }) => {
  const everybody = await roster(page, stack.finished_campaign_id);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(finished);
  const table = page.getByRole('table', { name: 'Person by person' });
  await expect(table.getByRole('link', { name: why }).first()).toBeVisible();
  await page.evaluate(() => {
    const counted = window as unknown as { printed: number };
    counted.printed = 0;
    window.print = () => {
      counted.printed += 1;
    };
  });
  await page.getByRole('button', { name: 'Print', exact: true }).click();
  await expect.poll(() => page.evaluate(() => (window as unknown as { printed: number }).printed)).toBe(1);
  await expect(table.getByRole('link', { name: why })).toHaveCount(everybody.length);
  await page.setViewportSize({ width: 700, height: 990 });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  // A table with its heading, light, without the buttons, and with whose it is.
  await expect(table.locator('thead')).toHaveCSS('display', 'table-header-group');
  await expect(table.locator('tbody tr').first()).toHaveCSS('display', 'table-row');
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'light');
  await expect(page.getByText(/times in America\/Toronto · printed /)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Print', exact: true })).toBeHidden();
  await page.emulateMedia({ media: null, colorScheme: 'dark' });
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));

  await page.setViewportSize({ width: 1280, height: 860 });
  await page.goto(`${finished}?state=answered`);
  // Not by a click: the browser's own download leaves out the header that says where this test is.
  const link = page.getByRole('link', { name: 'Download these as CSV' });
  await expect(link).toHaveAttribute('download');
  const file = await page.request.get((await link.getAttribute('href')) ?? '');
  const lines = (await file.text()).trim().split('\r\n');
  expect(lines).toHaveLength(1 + everybody.filter((r) => r.state === 'answered').length);
});

test('pause and stop stay in reach while phones ring @phone', async ({ employer: page, looks }, info) => {
  // Nobody is called more than three times a day: on the phone, people whom nearly no other test calls.
  const called = await (info.project.name === 'phone' ? people(page, 0, 8, 'Production') : people(page, 30, 38));
  // They ring until the test ends it; one asks for help.
  for (const p of called) await new Phone(p.phone).inHand();
  const steps = [{ on: 'waiting', nth: 1, after_ms: 200, press: '2' }];
  await new Phone(called[0]?.phone ?? '').isOf({ voice: { do: 'answer', after_ms: 500, steps } });
  const content = {
    ...words('The lower gate is shut.'),
    choices: [
      { key: 1, label: { en: 'you have understood' } },
      { key: 2, label: { en: 'you need somebody' }, needs_help: true },
    ],
  };
  await page.goto(`/campaigns/${await draft(page, `Gate ${info.project.name}`, called, undefined, { content })}/edit`);
  await launch(page, called.length);
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await reachable(page, 'Pause');
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await reachable(page, 'Pause');
  await reachable(page, 'Stop for good');
  await fits(page);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByText('No new call starts.', { exact: false }).first()).toBeVisible();
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await reachable(page, 'Resume');
  // The badge does not say Live of what stands still.
  await expect(
    page.getByRole('region', { name: 'Hold this campaign' }).getByText('Paused', { exact: true }),
  ).toBeVisible();
  await expect(page.getByText('Live', { exact: true })).toHaveCount(0);
  if (info.project.name === 'desktop') await looks(page, 'a paused campaign');
  const card = page.getByRole('region', { name: 'Who needs attention' });
  await expect(card.getByRole('button', { name: '1 need help' })).toBeEnabled({ timeout: 60_000 });
  await expect(card.getByRole('listitem').filter({ hasText: 'you need somebody' })).toHaveCount(1);
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await reachable(page, 'Pause');
  await page.getByRole('button', { name: 'Stop for good' }).click();
  await page.getByLabel('Type STOP to confirm').fill('STOP');
  await page.getByRole('dialog').getByRole('button', { name: 'Stop for good' }).click();
  await expect(page.getByText(/^Planned 8 = outcomes 8, difference 0\./)).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole('region', { name: 'Hold this campaign' })).toHaveCount(0);
});

test('the audit on paper', async ({ employer: page }) => {
  await page.goto('/audit');
  const table = page.getByRole('table', { name: 'Audit' });
  await expect(table.locator('tbody tr').first()).toBeVisible();
  await page.evaluate(() => {
    window.print = () => undefined;
  });
  const all = await (await page.request.get('/api/v1/audit?limit=200')).json();
  await page.getByRole('button', { name: 'Print', exact: true }).click();
  await expect.poll(() => table.locator('tbody tr').count()).toBeGreaterThanOrEqual(Math.min(all.items.length, 51));
  await page.setViewportSize({ width: 700, height: 990 });
  await page.emulateMedia({ media: 'print' });
  await expect(table.locator('thead')).toHaveCSS('display', 'table-header-group');
  await expect(page.getByText(/times in America\/Toronto · printed /)).toBeVisible();
});
