import type { Page } from '@playwright/test';
import { draft, launch, people } from './support/campaigns';
import { mailed, Phone, stack, violations } from './support/stack';
import { expect, test } from './support/test';

// Above a size that an owner sets, a campaign is launched only when another owner approves the exact plan.

const size = 3;

async function setSize(page: Page, above: number | null): Promise<void> {
  await page.goto('/settings');
  const use = page.getByRole('switch', { name: 'Ask for a second person' });
  if ((await use.isChecked()) !== (above !== null)) await use.locator('..').click();
  if (above !== null) await page.getByLabel('Above how many people').fill(String(above));
  await page.locator('form').filter({ has: use }).getByRole('button', { name: 'Save' }).click();
}

test('a campaign above the size waits for a second owner', async ({ employer: page, colleague, looks }) => {
  const [asker, decider] = [stack.employer.name ?? '', stack.colleague.name ?? ''];
  const dialog = page.getByRole('dialog');
  const called = await people(page, 0, size + 1);
  for (const p of called) await new Phone(p.phone).isOf('24');
  // What this owner has launched alone today, in other tests, counts toward the size.
  const small = await draft(page, 'Small round', called.slice(0, size));
  const { launched_alone: alone } = await (await page.request.get(`/api/v1/campaigns/${small}/plan`)).json();
  const above = alone + size;

  await test.step('an owner sets the size', async () => {
    await setSize(page, above);
    await expect(page.getByText(`On: above ${above} people.`)).toBeVisible();
    await mailed(stack.colleague.email, /second approval/i);
    await looks(page, 'the size in the settings');
  });
  await test.step('up to it one person is enough', async () => {
    await page.goto(`/campaigns/${small}/edit`);
    await expect(page.getByRole('button', { name: `Call ${size} people` })).toBeEnabled();
    await expect(page.getByRole('button', { name: /^Ask for approval/ })).toHaveCount(0);
  });
  const id = await draft(page, 'Oven check', called, 'The oven is checked tonight.');
  await test.step('above it a second one is asked', async () => {
    await page.goto(`/campaigns/${id}/edit`);
    const ask = page.getByRole('button', { name: `Ask for approval: ${called.length} people` });
    await expect(ask).toBeEnabled();
    await expect(page.getByRole('button', { name: /^Call \d/ })).toHaveCount(0);
    await looks(page, 'a draft that needs a second person');
    await ask.click();
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();
    await expect(page.getByText('Another owner of your company has to approve it.', { exact: false })).toBeVisible();
    await expect(page.getByRole('button', { name: /^Approve/ })).toHaveCount(0);
    await looks(page, 'a request of one’s own');
    await mailed(stack.colleague.email, /Oven check/);
  });
  await test.step('who asked cannot approve it past the page either', async () => {
    const plan = await (await page.request.get(`/api/v1/campaigns/${id}/plan`)).json();
    const data = { plan_hash: plan.plan_hash };
    const approved = await page.request.post(`/api/v1/campaigns/${id}/approval/approve`, { data });
    const launched = await page.request.post(`/api/v1/campaigns/${id}/launch`, { data });
    expect([approved.status(), launched.status()]).toEqual([403, 409]);
  });
  await test.step('the second owner refuses, with a reason', async () => {
    await colleague.goto('/campaigns');
    await expect(colleague.getByRole('row').filter({ hasText: 'Oven check' })).toContainText('Waiting for approval');
    await colleague.getByRole('link', { name: 'Oven check' }).click();
    await expect(colleague.getByText(`${asker} asked for it`, { exact: false })).toBeVisible();
    await expect(colleague.getByText('The oven is checked tonight.')).toBeVisible();
    const when = new RegExp(`^${called.length} people, 60 calls a minute: done about .* Times in America/Toronto\\.$`);
    await expect(colleague.getByText(when)).toBeVisible();
    await looks(colleague, 'a request to decide');
    await colleague.getByRole('button', { name: 'Refuse' }).click();
    const no = colleague.getByRole('dialog').getByRole('button', { name: 'Refuse' });
    await expect(no).toBeDisabled();
    await colleague.getByLabel('Reason').fill('Say which oven.');
    await looks(colleague, 'the question for a reason');
    await no.click();
    await expect(colleague.getByText(`${decider} refused it`)).toBeVisible();
  });
  await test.step('who asked reads the reason, and asks again', async () => {
    await page.reload();
    await expect(page.getByText('Say which oven. Nobody was called.', { exact: false })).toBeVisible();
    await looks(page, 'a refused request');
    await page.getByRole('button', { name: 'Ask again for this plan' }).click();
    await expect(page.getByText('Asked again. Another owner has to approve it.')).toBeVisible();
  });
  await test.step('the second owner approves, and the campaign runs', async () => {
    await colleague.reload();
    const approve = { name: `Approve: call ${called.length} people` };
    await colleague.getByRole('button', approve).click();
    await colleague.getByRole('dialog').getByRole('button', approve).click();
    const story = `Asked for by ${asker}, approved by ${decider}`;
    await expect(colleague.getByText(story, { exact: false })).toBeVisible();
    await expect(
      colleague.getByText(`Planned ${called.length} = outcomes ${called.length}, difference 0.`),
    ).toBeVisible({
      timeout: 120_000,
    });
    for (const p of called) {
      await expect(colleague.getByRole('row', { name: new RegExp(p.name) }).getByText('Answered')).toBeVisible();
    }
    await page.reload();
    await expect(page.getByText(story, { exact: false })).toBeVisible();
  });
  await test.step('switching it off takes the second owner too', async () => {
    await setSize(page, null);
    await expect(page.getByText(`${asker} wants to switch it off.`, { exact: false })).toBeVisible();
    await expect(page.getByText(`On: above ${above} people.`)).toBeVisible();
    await colleague.goto('/settings');
    await expect(colleague.getByText('A change waits to be confirmed')).toBeVisible();
    await looks(colleague, 'a change that waits');
    await colleague.getByRole('button', { name: 'Confirm the change' }).click();
    await expect(colleague.getByText('Off: one person is enough for any campaign.')).toBeVisible();
  });
  await test.step('one person is enough again', async () => {
    const again = await draft(page, 'Oven warm', called);
    await page.goto(`/campaigns/${again}/edit`);
    await launch(page, called.length);
    await expect(page.getByRole('heading', { level: 1, name: 'Oven warm' })).toBeVisible();
    await page.getByRole('button', { name: 'Stop for good' }).click();
    await dialog.getByLabel('Type STOP to confirm').fill('STOP');
    await dialog.getByRole('button', { name: 'Stop for good' }).click();
    await expect(page.getByText(/difference 0/)).toBeVisible({ timeout: 60_000 });
  });
  expect(await violations()).toEqual([]);
});
