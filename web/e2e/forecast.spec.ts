import type { Page } from '@playwright/test';
import { draft, launch, people } from './support/campaigns';
import { Phone } from './support/stack';
import { expect, test } from './support/test';

// When everybody will have been called, in one sentence: in the plan, and while it runs.

const sentence = (page: Page) => page.getByText(/ calls a minute.*Times in America\/Toronto\.$/);

const timeZone = 'America/Toronto';

/** Minutes of the day in Toronto. */
function minuteOf(at: Date): number {
  return minutesOf(at.toLocaleTimeString('en-CA', { timeZone, hourCycle: 'h23' }));
}

function minutesOf(clock: string | undefined): number {
  const [hours = Number.NaN, minutes = Number.NaN] = (clock ?? '').split(':').map(Number);
  return hours * 60 + minutes;
}

const wall = (minute: number) => new Date(minute * 60_000).toISOString().slice(11, 16);

/** The server's time, some seconds on. */
async function serverTime(page: Page, after: number): Promise<Date> {
  const me = await (await page.request.get('/api/v1/me')).json();
  return new Date(Date.parse(me.server_time) + after * 1000);
}

/** When the first of a draft's people may be called. */
async function firstCall(page: Page, id: string): Promise<Date> {
  const plan = await (await page.request.get(`/api/v1/campaigns/${id}/plan`)).json();
  return new Date(plan.first_call_at);
}

/** That the sentence's people have been called within a minute of what their number and the pace come to. */
async function fitsPace(page: Page, { count, rate, rest }: Awaited<ReturnType<typeof read>>): Promise<void> {
  const end = minutesOf(done.exec(rest)?.[1]);
  const expected = minuteOf(await serverTime(page, (count * 60) / rate));
  expect(Math.abs(end - expected), `${rest}, against minute ${wall(expected)}`).toBeLessThanOrEqual(1);
}

async function read(page: Page) {
  const text = (await sentence(page).textContent()) ?? '';
  const found = /^(\d+) people, (\d+) calls a minute(?:, (\d+) time zones)?: (.*)\. Times in America\/Toronto\.$/.exec(
    text,
  );
  expect(found, text).not.toBeNull();
  const [, count, rate, zones, rest = ''] = found ?? [];
  return { count: Number(count), rate: Number(rate), zones: Number(zones ?? 1), rest };
}

const done = /^done about \w+, \w+ \d+, \d{4}, (\d\d:\d\d)$/;

test('the plan tells when everybody will have been called', async ({ employer: page, looks }) => {
  const toronto = await people(page, 0, 40);
  const edmonton = await people(page, 0, 2, undefined, 'America/Edmonton');

  await test.step('one after the other at the carrier’s pace', async () => {
    await page.goto(`/campaigns/${await draft(page, 'Forecast', toronto)}/edit`);
    await expect(sentence(page)).toBeVisible();
    const plan = await read(page);
    expect(plan).toMatchObject({ count: toronto.length, rate: 60, zones: 1 });
    await fitsPace(page, plan);
    await looks(page, 'a plan with its forecast');
  });
  await test.step('who may be called later is waited for', async () => {
    const opens = await firstCall(page, await draft(page, 'One zone', edmonton));
    await page.goto(`/campaigns/${await draft(page, 'Two zones', [...toronto.slice(0, 9), ...edmonton])}/edit`);
    await expect(sentence(page)).toBeVisible();
    const plan = await read(page);
    expect(plan).toMatchObject({ count: 11, zones: 2 });
    const end = minutesOf(done.exec(plan.rest)?.[1]) - minuteOf(opens);
    expect(end, `minutes from their first call to ${plan.rest}`).toBeGreaterThanOrEqual(0);
    expect(end).toBeLessThanOrEqual(1);
    // Five minutes before, the first nine have been called and they have not.
    const until = minuteOf(opens) - 5;
    const late = await draft(page, 'Before they wake', [...toronto.slice(0, 9), ...edmonton], undefined, {
      dial_until_wall: `${opens.toLocaleDateString('en-CA', { timeZone })}T${wall(until)}`,
      start_zone: timeZone,
    });
    await page.goto(`/campaigns/${late}/edit`);
    await expect(sentence(page)).toBeVisible();
    expect((await read(page)).rest).toMatch(
      /^9 called by \w+, \w+ \d+, \d{4}, \d\d:\d\d; 2 never before the deadline$/,
    );
    await looks(page, 'a plan with a deadline that is too early');
  });
});

test('the live page tells it of those who still wait', async ({ employer: page, looks }) => {
  const called = await people(page, 0, 40, 'Production');
  for (const p of called) await new Phone(p.phone).isOf('24');
  await page.goto(`/campaigns/${await draft(page, 'Quick round', called)}/edit`);
  await launch(page, called.length);
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(sentence(page)).toBeVisible();
  const first = await read(page);
  expect(first.count).toBeLessThanOrEqual(called.length);
  expect(first.rate).toBe(60);
  await fitsPace(page, first);
  await expect
    .poll(async () => (await read(page)).count, { message: 'fewer people to wait' })
    .toBeLessThan(first.count);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByText('No new call starts.', { exact: false }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(sentence(page)).toBeVisible();
  await looks(page, 'a live page with its forecast');
  await expect(page.getByText(/difference 0/)).toBeVisible({ timeout: 120_000 });
  await expect(sentence(page)).toHaveCount(0);
});
