import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { draft, launch, people, words } from './support/campaigns';
import { Phone, stack, writes } from './support/stack';
import { expect, still, test } from './support/test';

interface Shot {
  name: string;
  path: string;
  /** What must be on the page before the picture is taken. */
  ready: string | RegExp;
  /** What a person does first. */
  act?: (page: Page) => Promise<void>;
}

const folder = fileURLToPath(new URL('../../.dev/screenshots/', import.meta.url));
/** Long tables are cut: the rows below look like those above. */
const TALLEST = 1600;

const csv = 'name,phone,tags\nDana Roy,416-555-0101,plant\nNo Number,12345,\n';

const strangers: Shot[] = [
  { name: 'landing', path: '/', ready: 'What a call sounds like' },
  { name: 'register', path: '/register', ready: 'Send the application' },
  { name: 'verify-email', path: '/verify-email#token=abc', ready: 'Confirm my address' },
  { name: 'confirm-email', path: '/confirm-email#token=abc', ready: 'One more click makes this mailbox' },
  { name: 'sign-in', path: '/login', ready: 'Forgot your password?' },
  { name: 'session-ended', path: '/login?note=ended', ready: 'Your session has ended' },
  { name: 'forgot-password', path: '/forgot-password', ready: 'Send the link' },
  { name: 'reset-password', path: '/reset-password#token=abc', ready: 'Change the password' },
  { name: 'not-found', path: '/nowhere', ready: 'There is no such page' },
  { name: 'operator-sign-in', path: '/operator/login', ready: 'For Callshu staff.' },
];

const employers: Shot[] = [
  { name: 'home', path: '/home', ready: 'Can be rung right now' },
  { name: 'employees', path: '/employees', ready: /\d+ people/ },
  { name: 'employees-no-match', path: '/employees?search=zzzz', ready: 'Nobody matches' },
  {
    name: 'person',
    path: '/employees?consent=opted_in',
    ready: 'Consent history',
    act: (page) =>
      page
        .getByRole('link', { name: /^Open / })
        .first()
        .click(),
  },
  {
    name: 'person-add',
    path: '/employees',
    ready: 'How did this person give you the number?',
    act: (page) => page.getByRole('button', { name: 'Add a person' }).click(),
  },
  { name: 'import', path: '/employees/import', ready: 'Drop a CSV file here' },
  {
    name: 'import-columns',
    path: '/employees/import',
    ready: 'What is in each column?',
    act: (page) =>
      page
        .locator('input[type=file]')
        .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) }),
  },
  {
    name: 'import-check',
    path: '/employees/import',
    ready: 'Rejected rows',
    act: async (page) => {
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
      await page.getByRole('button', { name: 'Go on' }).click();
    },
  },
  {
    name: 'import-confirm',
    path: '/employees/import',
    ready: 'How did these people give you their numbers?',
    act: async (page) => {
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByText('Rejected rows').waitFor();
      await page.getByRole('button', { name: 'Go on' }).click();
    },
  },
  { name: 'campaigns', path: '/campaigns', ready: /Times in/ },
  { name: 'composer-empty', path: '/campaigns/new/edit', ready: 'Give it a name.' },
  { name: 'composer', path: `/campaigns/${stack.ready_campaign_id}/edit`, ready: /people will be rung/ },
  {
    name: 'composer-schedule',
    path: `/campaigns/${stack.ready_campaign_id}/edit`,
    ready: 'Choose a day.',
    act: (page) => page.getByLabel('At a set time').check(),
  },
  {
    name: 'launch',
    path: `/campaigns/${stack.ready_campaign_id}/edit`,
    ready: 'Phones start ringing within a second.',
    act: (page) => page.getByRole('button', { name: /^Call \d/ }).click(),
  },
  { name: 'results', path: `/campaigns/${stack.finished_campaign_id}`, ready: /difference 0/ },
  {
    name: 'why',
    path: `/campaigns/${stack.finished_campaign_id}`,
    ready: 'The yes that it relied on',
    act: (page) =>
      page
        .getByRole('table')
        .getByRole('link', { name: /^Why did/ })
        .first()
        .click(),
  },
  {
    name: 'results-attention',
    path: `/campaigns/${stack.finished_campaign_id}?attention=all`,
    ready: /difference 0/,
  },
  {
    name: 'follow-up',
    path: `/campaigns/${stack.finished_campaign_id}`,
    ready: 'Nobody is called before you start it.',
    act: (page) => page.getByRole('button', { name: 'Follow up' }).click(),
  },
  { name: 'users', path: '/users', ready: 'Has access' },
  {
    name: 'users-invite',
    path: '/users',
    ready: 'They get a mail with a link',
    act: (page) => page.getByRole('button', { name: 'Invite somebody' }).click(),
  },
  { name: 'inbox', path: '/inbox', ready: 'who gave you my number' },
  {
    name: 'inbox-opt-out',
    path: '/inbox',
    ready: 'Type STOP to confirm',
    act: (page) =>
      page
        .getByRole('button', { name: /^It is an opt-out/ })
        .first()
        .click(),
  },
  { name: 'inbox-done', path: '/inbox?state=done', ready: /Settled|Nothing decided|No action needed/ },
  {
    name: 'person-opt-out',
    path: '/employees?consent=opted_in',
    ready: 'How did the person say it?',
    act: async (page) => {
      await page
        .getByRole('link', { name: /^Open / })
        .first()
        .click();
      await page.getByRole('button', { name: 'Record an opt-out' }).click();
    },
  },
  { name: 'audit', path: '/audit', ready: 'Sealed' },
  { name: 'settings', path: '/settings', ready: 'Where you are signed in' },
];

const operators: Shot[] = [
  { name: 'operator-applications', path: '/operator/applications', ready: 'Look at it' },
  {
    name: 'operator-application',
    path: '/operator/applications',
    ready: 'What you have checked',
    act: (page) =>
      page
        .getByRole('link', { name: /^Look at / })
        .first()
        .click(),
  },
  {
    name: 'operator-reject',
    path: '/operator/applications',
    ready: 'The employer reads this reason',
    act: async (page) => {
      await page
        .getByRole('link', { name: /^Look at / })
        .first()
        .click();
      await page.getByRole('button', { name: 'Reject' }).click();
    },
  },
  { name: 'operator-accounts', path: '/operator/accounts', ready: 'Northgrain' },
  {
    name: 'operator-account',
    path: '/operator/accounts?status=active',
    ready: 'Legal hold',
    act: (page) =>
      page
        .getByRole('link', { name: /Northgrain/ })
        .first()
        .click(),
  },
  { name: 'operator-reports', path: '/operator/reports', ready: 'The audit log of each week' },
  { name: 'operator-opt-outs', path: '/operator/opt-outs', ready: 'Recorded so far' },
  {
    name: 'operator-opt-out',
    path: '/operator/opt-outs',
    ready: 'Type STOP to confirm',
    act: async (page) => {
      await page.getByLabel('Phone number').fill('416 555 0188');
      await page.getByLabel('Everybody on Callshu').check();
      await page.getByLabel('How it came').fill('Ticket 4471, mail of z.roy@mail.example');
      await page.getByLabel('What the person wants').fill('No calls, from nobody.');
      await page.getByRole('button', { name: 'Go on' }).click();
    },
  },
  { name: 'operator-own', path: '/operator/own', ready: 'This one' },
  { name: 'operator-dialling', path: '/operator/dialling', ready: 'Dialling is on' },
  {
    name: 'operator-pause',
    path: '/operator/dialling',
    ready: 'Type PAUSE to confirm',
    act: (page) => page.getByRole('button', { name: 'Pause all dialling' }).click(),
  },
  {
    name: 'operator-audit',
    path: '/operator/audit',
    ready: /chains hold/,
    act: (page) => page.getByRole('button', { name: 'Verify the seals' }).click(),
  },
];

async function take(page: Page, shots: Shot[], project: string): Promise<void> {
  const screen = page.viewportSize() ?? { width: 1280, height: 860 };
  for (const shot of shots) {
    await page.setViewportSize(screen);
    await page.goto(shot.path);
    await shot.act?.(page);
    await expect(page.getByText(shot.ready).filter({ visible: true }).first()).toBeVisible();
    // As tall as the page rather than scrolled together: fixed parts keep their place.
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width: screen.width, height: Math.min(Math.max(height, screen.height), TALLEST) });
    await still(page);
    await page.screenshot({ path: `${folder}${shot.name}-${project}.png`, animations: 'disabled' });
  }
  await page.setViewportSize(screen);
}

test('strangers', async ({ page }, info) => take(page, strangers, info.project.name));
test('an applicant', async ({ applicant }, info) =>
  take(applicant, [{ name: 'waiting', path: '/waiting', ready: 'La suite' }], info.project.name));
test('employers', async ({ employer }, info) => {
  await writes(employer, 'Hello, who gave you my number? I work nights and sleep until two.');
  await writes(employer, 'I have left the company in May, this is my private phone', 1);
  await take(employer, employers, info.project.name);
});
test('operators', async ({ operator }, info) => take(operator, operators, info.project.name));

/** What is taken to paper: A4, as a dark screen prints it, with every row that the page's own button takes along. */
test('on paper @print', async ({ employer: page }) => {
  const results = `/campaigns/${stack.finished_campaign_id}`;
  const list = await page.request.get(`/api/v1${results}/recipients?state=answered&limit=1`);
  const { items } = (await list.json()) as { items: { id: string }[] };
  for (const [name, path, ready] of [
    ['results', results, /difference 0/],
    ['why', `${results}/people/${items[0]?.id}`, 'The yes that it relied on'],
    ['audit', '/audit', 'Sealed'],
  ] as const) {
    await page.addInitScript(() => {
      window.print = () => document.body.setAttribute('data-printed', '');
    });
    await page.goto(path);
    await expect(page.getByText(ready).filter({ visible: true }).first()).toBeVisible();
    await page.getByRole('button', { name: 'Print', exact: true }).click();
    await expect(page.locator('body[data-printed]')).toHaveCount(1);
    await page.pdf({ path: `${folder}${name}-print.pdf`, format: 'A4', preferCSSPageSize: true });
  }
});

test('saved messages', async ({ employer: page }, info) => {
  for (const [name, message] of [
    ['Yard gate', 'The yard gate is closed for repairs, please use the east entrance.'],
    ['Snow day', 'The plant is closed because of the snow. Stay at home, your shift is paid.'],
  ] as const) {
    // A name that the project before has taken is refused, and that is all right.
    await page.request.post('/api/v1/saved-messages', { data: { name, content: words(message) } });
  }
  const ready = 'The yard gate is closed';
  const shots: Shot[] = [
    { name: 'saved', path: '/saved-messages', ready },
    {
      name: 'saved-rename',
      path: '/saved-messages',
      ready,
      act: (p) => p.getByRole('button', { name: 'Rename Yard gate' }).click(),
    },
    {
      name: 'saved-choose',
      path: `/campaigns/${stack.ready_campaign_id}/edit`,
      ready: 'Snow day',
      act: (p) => p.getByRole('combobox', { name: 'Start from a saved message' }).click(),
    },
    {
      name: 'saved-keep',
      path: `/campaigns/${stack.ready_campaign_id}/edit`,
      ready: 'Words, voice and answers are kept',
      act: (p) => p.getByRole('button', { name: 'Save this message' }).click(),
    },
  ];
  await take(page, shots, info.project.name);
});

test('a launch by two people', async ({ employer, colleague }, info) => {
  const size = '/api/v1/settings/two-person';
  await employer.request.put(size, { data: { above: 5 } });
  const called = await people(employer, 0, 8);
  const path = `/campaigns/${await draft(employer, 'Oven check', called, 'The oven is checked tonight.')}`;
  const ask = { name: 'approval-ask', path: `${path}/edit`, ready: /^Ask for approval/ };
  await take(employer, [ask], info.project.name);
  const plan = await (await employer.request.get(`/api/v1${path}/plan`)).json();
  await employer.request.post(`/api/v1${path}/approval`, { data: { plan_hash: plan.plan_hash } });
  await take(employer, [{ name: 'approval-own', path, ready: /has to approve it/ }], info.project.name);
  const refuse: Shot = {
    name: 'approval-refuse',
    path,
    ready: 'Whoever asked reads it.',
    act: (p) => p.getByRole('button', { name: 'Refuse' }).click(),
  };
  await take(colleague, [{ name: 'approval', path, ready: /^Approve: / }, refuse], info.project.name);
  await employer.request.put(size, { data: { above: null } });
  await take(
    colleague,
    [{ name: 'settings-waits', path: '/settings', ready: 'Confirm the change' }],
    info.project.name,
  );
  await colleague.request.post(`${size}/confirm`, { data: { above: null } });
});

test('a campaign that paused by itself', async ({ employer: page }, info) => {
  // Nobody is called more than three times a day: other people for each project.
  const from = 8 + 10 * info.config.projects.findIndex((p) => p.name === info.project.name);
  const called = await people(page, from, from + 10);
  for (const p of called) await new Phone(p.phone).isOf('08');
  const path = `/campaigns/${await draft(page, 'Yard lights', called)}`;
  await page.goto(`${path}/edit`);
  await launch(page, called.length);
  const ready = 'Paused to protect people';
  await expect(page.getByText(ready)).toBeVisible({ timeout: 60_000 });
  const resume: Shot = {
    name: 'tripped-resume',
    path,
    ready: 'Why may it go on?',
    act: (p) => p.getByRole('button', { name: 'Resume' }).click(),
  };
  await take(page, [{ name: 'tripped', path, ready }, resume], info.project.name);
});

test('a campaign that runs', async ({ employer: page }, info) => {
  await page.goto(`/campaigns/${stack.finished_campaign_id}`);
  await page.getByRole('button', { name: 'Copy as a new draft' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Overtime on Sunday');
  const start = page.getByRole('button', { name: /^Call \d/ });
  await expect(start).toBeEnabled();
  const count = /\d+/.exec((await start.textContent()) ?? '')?.[0] ?? '';
  await start.click();
  await page.getByLabel(`Type ${count} to confirm`).fill(count);
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Call \d/ })
    .click();
  await expect(page.getByRole('heading', { level: 1, name: 'Overtime on Sunday' })).toBeVisible();
  // A picture tells more when some have answered, some talk and some wait.
  const answered = page.locator('main').getByText('Answered', { exact: true }).first().locator('..');
  await expect(answered.locator('.figures')).toHaveText(/^1\d$/, { timeout: 90_000 });
  const height = (page.viewportSize()?.width ?? 0) < 600 ? TALLEST : 900;
  await page.setViewportSize({ width: page.viewportSize()?.width ?? 1280, height });
  await still(page);
  await page.screenshot({ path: `${folder}live-${info.project.name}.png` });
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByText('No new call starts.', { exact: false }).first()).toBeVisible();
  await page.screenshot({ path: `${folder}paused-${info.project.name}.png` });
});
