import { stack } from './support/stack';
import { expect, fits, forget, test } from './support/test';

// Every page with the sample's data: it stands, fits its screen and can be used by everybody.

const publicPages: [path: string, heading: string][] = [
  ['/', 'Call everyone on your team. Know who heard it.'],
  ['/register', 'Apply for an account'],
  ['/verify-email#token=abc', 'Confirm your address'],
  ['/login', 'Sign in'],
  ['/forgot-password', 'Forgot your password?'],
  ['/reset-password#token=abc', 'Choose a new password'],
  ['/nowhere', 'There is no such page'],
];

test('public pages @phone', async ({ page, axe }) => {
  for (const [path, heading] of publicPages) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await fits(page);
    await axe(page, path);
  }
});

test('the employer’s pages @phone', async ({ employer: page, axe }) => {
  const pages: [path: string, heading: string, ready: string | RegExp][] = [
    ['/home', stack.employer.legal_name ?? '', 'Who may be called'],
    ['/employees', 'Employees', /\d+ people/],
    ['/employees?search=zzzz', 'Employees', 'Nobody matches'],
    ['/employees/import', 'Import a list', 'Drop a CSV file here'],
    ['/campaigns', 'Campaigns', 'Times in America/Toronto'],
    [`/campaigns/${stack.ready_campaign_id}/edit`, 'Edit the campaign', /people will be rung/],
    [`/campaigns/${stack.finished_campaign_id}`, 'Overtime on Saturday', /difference 0/],
    ['/audit', 'Audit', 'Times in America/Toronto'],
    ['/settings', 'Settings', 'Where you are signed in'],
  ];
  for (const [path, heading, ready] of pages) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await expect(page.getByText(ready).filter({ visible: true }).first()).toBeVisible();
    await fits(page);
    await axe(page, path);
  }
});

test('the employer’s dialogs', async ({ employer: page, axe }) => {
  await page.goto('/employees?consent=opted_in');
  await page
    .getByRole('link', { name: /^Open / })
    .first()
    .click();
  await expect(page.getByRole('heading', { name: 'Consent history' })).toBeVisible();
  await expect(page.getByText('Said: “')).toBeVisible();
  await axe(page, 'a person');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.getByRole('button', { name: 'Add a person' }).click();
  await expect(page.getByLabel('Mobile number')).toBeVisible();
  await axe(page, 'add a person');
  await page.goto(`/campaigns/${stack.finished_campaign_id}`);
  await page
    .getByRole('button', { name: /^Why did this phone ring/ })
    .first()
    .click();
  await expect(page.getByText(/Number \d+ of \d+ in the manifest/)).toBeVisible();
  await axe(page, 'why did this phone ring');
});

test('an application under review @phone', async ({ applicant: page, axe }) => {
  await page.goto('/home');
  await expect(page.getByRole('heading', { level: 1, name: 'Your application is with us' })).toBeVisible();
  await expect(page.getByText(/Answer by .*202\d, \d\d:\d\d \w+\//)).toBeVisible();
  await fits(page);
  await axe(page, 'waiting');
});

test('keyboard: the content is one key away, and the menu says where one is', async ({ employer: page }) => {
  await page.goto('/employees');
  await expect(page.getByRole('heading', { level: 1, name: 'Employees' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
  await expect(page.getByRole('link', { name: 'Employees', exact: true })).toHaveAttribute('aria-current', 'page');
});

test('filters live in the address, and one click clears them', async ({ employer: page }) => {
  await page.goto('/employees');
  await page.getByLabel('Consent').selectOption('Said stop');
  await expect(page).toHaveURL(/consent=opted_out/);
  await expect(page.getByRole('table').getByText('Said stop').first()).toBeVisible();
  await expect(page.getByRole('table').getByText('Said yes')).toHaveCount(0);
  await page.reload();
  await expect(page.getByLabel('Consent')).toHaveValue('opted_out');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page.getByRole('table').getByText('Said yes').first()).toBeVisible();
});

test('the operator’s pages @phone', async ({ operator: page, axe }) => {
  await page.goto('/operator');
  await expect(page.getByRole('heading', { level: 1, name: 'Applications' })).toBeVisible();
  await axe(page, 'applications');
  await page
    .getByRole('link', { name: /^Look at / })
    .first()
    .click();
  await expect(page.getByRole('heading', { name: 'Applicant' })).toBeVisible();
  await fits(page);
  await axe(page, 'an application');
  const pages: [path: string, heading: string, ready: RegExp][] = [
    ['/operator/accounts', 'Accounts', /Northgrain/],
    ['/operator/dialling', 'Dialling', /Dialling is on/],
    ['/operator/audit', 'Audit', /Times in Europe\/Berlin/],
  ];
  for (const [path, heading, ready] of pages) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await expect(page.getByText(ready).filter({ visible: true }).first()).toBeVisible();
    await fits(page);
    await axe(page, path);
  }
  await page.getByRole('button', { name: 'Verify the seals' }).click();
  await expect(page.getByText(/All [\d,]+ seals in \d+ chains hold/)).toBeVisible();
});

test('a session that ends elsewhere ends here, and says so', async ({ applicant: page, browser }) => {
  await page.goto('/waiting');
  await expect(page.getByRole('heading', { level: 1, name: 'Your application is with us' })).toBeVisible();
  const elsewhere = await browser.newContext({ storageState: await page.context().storageState() });
  const other = await elsewhere.newPage();
  await other.goto('/waiting');
  await other.getByRole('button', { name: 'Sign out' }).click();
  await expect(other.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await elsewhere.close();
  forget('applicant');
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await expect(page.getByText('Your session has ended')).toBeVisible();
});
