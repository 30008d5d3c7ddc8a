import type { Page } from '@playwright/test';
import { stack } from './support/stack';
import { expect, test } from './support/test';

/** A copy of the sample's finished campaign, which asks more than fifty people. */
async function copy(page: Page): Promise<void> {
  await page.goto(`/campaigns/${stack.finished_campaign_id}`);
  await page.getByRole('button', { name: 'Copy as a new draft' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Edit the campaign' })).toBeVisible();
}

const startButton = (page: Page) => page.getByRole('button', { name: /^(Call|Schedule for) [\d,]+ people$/ });

test('a campaign for another day: typed number, start told with its zone, stopped by a typed word', async ({
  employer: page,
  axe,
}) => {
  await copy(page);
  await page.getByLabel('Name', { exact: true }).fill('Holiday shifts');
  await page.getByLabel('At a set time').check();
  await expect(page.getByText('Choose a day.')).toBeVisible();
  await page.getByRole('button', { name: 'Date' }).click();
  await axe(page, 'the calendar');
  await page.getByRole('button', { name: 'Next month' }).click();
  await page.getByRole('button', { name: /^15 / }).click();
  await page.getByLabel('Hours').fill('10');
  await page.getByLabel('Minutes').fill('45');
  const start = startButton(page);
  await expect(start).toBeEnabled();
  await start.click();
  const people = /\d+/.exec((await start.textContent()) ?? '')?.[0] ?? '';
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(/Phones start ringing \w+ 15, \d{4}, 10:45 America\/Toronto/);
  await expect(dialog.getByRole('button', { name: 'Schedule' })).toBeDisabled();
  await dialog.getByLabel(`Type ${people} to confirm`).fill('7');
  await expect(dialog.getByRole('button', { name: 'Schedule' })).toBeDisabled();
  await dialog.getByLabel(`Type ${people} to confirm`).fill(people);
  await dialog.getByRole('button', { name: 'Schedule' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Holiday shifts' })).toBeVisible();
  await expect(page.getByText(/Starts \w+, \w+ 15, \d{4}, 10:45 America\/Toronto/)).toBeVisible();
  await axe(page, 'a scheduled campaign');
  await page.getByRole('button', { name: 'Stop for good' }).click();
  await dialog.getByLabel('Type STOP to confirm').fill('STOP');
  await dialog.getByRole('button', { name: 'Stop for good' }).click();
  await expect(page.getByText('Cancelled', { exact: true }).first()).toBeVisible();
  await expect(page.getByText(/difference 0/)).toBeVisible();
});

test('what the server refuses stands at its field, and nothing typed is lost', async ({ employer: page }) => {
  await copy(page);
  // The plan that what is refused makes old.
  await expect(startButton(page)).toBeEnabled();
  const message = page.getByLabel('Message', { exact: true });
  await message.fill('Dear {{nickname}}, come on Saturday.');
  await expect(message).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByText('Not saved', { exact: true })).toBeVisible();
  await expect(startButton(page)).toBeDisabled();
  await expect(message).toHaveValue('Dear {{nickname}}, come on Saturday.');
  await message.fill('Dear {{first_name}}, come on Saturday.');
  await expect(page.getByText('Saved as a draft')).toBeVisible();
  await expect(message).not.toHaveAttribute('aria-invalid', 'true');
  await expect(startButton(page)).toBeEnabled();
});

test('a plan that somebody outdated is shown anew instead of launched', async ({ employer: page, request }) => {
  await copy(page);
  await expect(startButton(page)).toBeEnabled();
  const before = await startButton(page).textContent();
  // Meanwhile a colleague takes one of the people out of the list.
  const cookies = await page.context().cookies();
  const headers = { Cookie: cookies.map((c) => `${c.name}=${c.value}`).join('; ') };
  const id = /campaigns\/([0-9a-f-]+)\/edit/.exec(page.url())?.[1];
  const plan = await (await request.get(`/api/v1/campaigns/${id}/plan`, { headers })).json();
  const removed = await request.delete(`/api/v1/employees/${plan.callable_sample[0].id}`, { headers });
  expect(removed.status()).toBe(204);
  await startButton(page).click();
  const dialog = page.getByRole('dialog');
  const word = dialog.getByLabel(/^Type \d+ to confirm$/);
  await word.fill(/\d+/.exec(before ?? '')?.[0] ?? '');
  await dialog.getByRole('button', { name: /^Call/ }).click();
  await expect(page.getByText('Since the plan was made, something changed', { exact: false })).toBeVisible();
  await expect(startButton(page)).not.toHaveText(before ?? '');
});
