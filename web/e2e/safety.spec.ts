import type { Page } from '@playwright/test';
import { audited, draft, launch, type Person, people } from './support/campaigns';
import { mailed, Phone, stack, violations } from './support/stack';
import { expect, test } from './support/test';

// A campaign that people do not want pauses by itself, says by which rule and which
// calls, and goes on only for a reason.

/** Says “not me” as soon as somebody speaks. */
const notMe = {
  title: 'presses 8 at once',
  voice: {
    do: 'answer',
    after_ms: 1000,
    audio: [{ kind: 'speech', ms: 600 }],
    steps: [{ on: 'say', nth: 1, after_ms: 800, press: '8' }],
  },
};
/** Of the simulator's table: hangs up on the first words; picks up at once and presses 1. */
const hangsUp = '08';
const confirms = '24';

const alert = (page: Page) => page.getByRole('alert').filter({ hasText: 'Paused to protect people' });
const listed = (page: Page) => alert(page).getByRole('list', { name: 'The calls' }).getByRole('listitem');
const namesIn = async (page: Page) => (await listed(page).allTextContents()).map((text) => text.split(' +')[0]);

/** Whose phones have rung so far. */
async function rung(called: Person[]): Promise<string[]> {
  const views = await Promise.all(called.map(async (p) => ({ p, view: await new Phone(p.phone).view() })));
  return views.filter(({ view }) => view.calls.length > 0).map(({ p }) => p.name);
}

async function goOn(page: Page, reason: string, look?: () => Promise<void>): Promise<void> {
  await page.getByRole('button', { name: 'Resume' }).click();
  const dialog = page.getByRole('dialog');
  const go = dialog.getByRole('button', { name: 'Resume' });
  await expect(go).toBeDisabled();
  await dialog.getByLabel('Why may it go on?').fill('   ');
  await expect(go).toBeDisabled();
  await dialog.getByLabel('Why may it go on?').fill(reason);
  await look?.();
  await go.click();
  await expect(page.getByText('Running again.')).toBeVisible();
  await expect(alert(page)).toBeHidden();
}

test('“not me” and calls cut short pause a campaign, and a reason lets it go on', async ({ employer: page, looks }) => {
  test.setTimeout(600_000);
  const called = await people(page, 6, 46);
  for (const p of called) await new Phone(p.phone).isOf(notMe);
  const id = await draft(page, 'Yard lights', called, 'The lights of the yard are off tonight.');
  /** Gives the phones that have not rung yet to somebody else. */
  const others = async (owner: string) => {
    const before = new Set(await rung(called));
    const left = called.filter((p) => !before.has(p.name));
    expect(left.length, 'people who were spared by the pause').toBeGreaterThan(10);
    for (const p of left) await new Phone(p.phone).isOf(owner);
  };

  await test.step('it pauses by itself when five people say “not me”', async () => {
    await page.goto(`/campaigns/${id}/edit`);
    await launch(page, called.length);
    const rule = alert(page).getByText(/^\d+ of \d+ people reached said “not me”\. The limit is 2 %\.$/);
    await expect(rule).toBeVisible({ timeout: 120_000 });
    await expect(page.getByText('No new call starts.', { exact: false })).toBeVisible();
    await expect(page.locator('main').getByText('Paused', { exact: true })).toHaveCount(1);
    await expect(page.getByText('Numbers in your list may have changed hands.', { exact: false })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Resume' })).toBeVisible();
    const events = Number(/^\d+/.exec((await rule.textContent()) ?? '')?.[0]);
    expect(events).toBeGreaterThanOrEqual(5);
    await expect(listed(page)).toHaveCount(events);
    await mailed(stack.employer.email, /Yard lights/);
  });
  await test.step('the calls it names are those of people who pressed 8', async () => {
    for (const name of await namesIn(page)) {
      const person = called.find((p) => p.name === name);
      expect(person, `${name} was called`).toBeDefined();
      expect((await new Phone(person?.phone ?? '').view()).calls[0]?.keys).toBe('8');
    }
    await looks(page, 'a campaign paused by “not me”');
  });
  await test.step('without a reason it does not go on', async () => {
    const resumed = await page.request.post(`/api/v1/campaigns/${id}/resume`, { data: {} });
    expect(resumed.status()).toBe(422);
    await others(hangsUp);
    await goOn(page, 'Those numbers left the list.', () => looks(page, 'the question why it may go on'));
  });
  await test.step('it pauses again when people hang up at the first words', async () => {
    const rule = alert(page).getByText(
      /^\d+ of \d+ people who picked up hung up within 5 seconds\. The limit is 40 %\.$/,
    );
    await expect(rule).toBeVisible({ timeout: 120_000 });
    await expect(alert(page).getByText(/“not me”/)).toHaveCount(0);
    for (const call of await listed(page).allTextContents()) expect(call).toMatch(/ · [0-4] s$/);
    await looks(page, 'a campaign paused by calls cut short');
    await others(confirms);
    await goOn(page, 'The first sentence was heard again.');
  });
  await test.step('the others are called to the end', async () => {
    await expect(page.getByText(`Planned ${called.length} = outcomes ${called.length}, difference 0.`)).toBeVisible({
      timeout: 180_000,
    });
    await expect(page.getByText('Finished', { exact: true })).toBeVisible();
    await expect(alert(page)).toHaveCount(0);
  });
  await test.step('the audit log has each reason with its name', async () => {
    const rows = (await audited(page, 'campaign.resumed')).slice(0, 2);
    expect(rows.map((row) => row.actor_name)).toEqual([stack.employer.name, stack.employer.name]);
    expect(rows.map((row) => (row.detail as { reason: string }).reason)).toEqual([
      'The first sentence was heard again.',
      'Those numbers left the list.',
    ]);
  });
  expect(await violations()).toEqual([]);
});
