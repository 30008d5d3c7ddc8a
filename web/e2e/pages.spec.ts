import { stack, writes } from './support/stack';
import { expect, fits, forget, test } from './support/test';

// Every page with the sample's data: it stands, fits its screen and can be used by everybody.

const publicPages: [path: string, heading: string][] = [
  ['/', 'Call everyone on your team. Know who heard it.'],
  ['/register', 'Apply for an account'],
  ['/verify-email#token=abc', 'Confirm your address'],
  ['/confirm-email#token=abc', 'Use this address'],
  ['/login', 'Sign in'],
  ['/forgot-password', 'Forgot your password?'],
  ['/reset-password#token=abc', 'Choose a new password'],
  ['/accept-invitation', 'Your invitation'],
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
    ['/inbox', 'Inbox', /Who is this, please|Nothing to read/],
    ['/inbox?search=zzzz', 'Inbox', 'No text matches'],
    ['/inbox?state=done', 'Inbox', /Nothing decided yet|No action needed|Recorded as an opt-out|Settled by/],
    ['/audit', 'Audit', 'Times in America/Toronto'],
    ['/users', 'People with access', 'Nobody is invited at the moment.'],
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
    .getByRole('link', { name: /^Why did this phone ring/ })
    .first()
    .click();
  await expect(page.getByText(/Number \d+ of \d+ in the manifest/)).toBeVisible();
  await axe(page, 'why did this phone ring');
});

test('a text that no word fits @phone', async ({ employer: page, axe }, info) => {
  const words = await writes(page, `Who is this, please? I ask from a ${info.project.name}.`);
  await page.goto('/inbox');
  const card = page.getByRole('article').filter({ hasText: words });
  await expect(card).toBeVisible();
  await fits(page);
  await axe(page, 'the inbox');
  await card.getByRole('button', { name: /^It is an opt-out/ }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('You cannot take this back.')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'It is an opt-out' })).toBeDisabled();
  await axe(page, 'an opt-out');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await card.getByRole('button', { name: /^No action needed/ }).click();
  await dialog.getByLabel('Note for your team').fill('Called back.');
  await dialog.getByRole('button', { name: 'No action needed' }).click();
  await expect(card).toBeHidden();
  await page.getByLabel('Show').selectOption('Decided');
  await expect(card.getByText('Called back.')).toBeVisible();
  await axe(page, 'a decided text');
});

test('an employer and an operator record opt-outs @phone', async ({ employer, operator, axe }, info) => {
  await employer.goto('/employees?consent=none');
  await employer
    .getByRole('link', { name: /^Open / })
    .first()
    .click();
  await employer.getByRole('button', { name: 'Record an opt-out' }).click();
  const asked = employer.getByRole('dialog', { name: /does not want calls/ });
  await expect(asked.getByText('You cannot take this back.')).toBeVisible();
  await axe(employer, 'an opt-out that the employer records');
  await operator.goto('/operator/opt-outs');
  await operator.getByLabel('Phone number').fill('867-555-0123');
  await operator.getByLabel('Everybody on Callshu').check();
  await operator.getByLabel('How it came').fill(`Ticket 4471 on a ${info.project.name}, mail of z.roy@mail.example`);
  await operator.getByLabel('What the person wants').fill('No calls');
  await axe(operator, 'opt-outs');
  await operator.getByRole('button', { name: 'Go on' }).click();
  await operator.getByLabel('Type STOP to confirm').fill('STOP');
  await axe(operator, 'the question before it');
  await operator.getByRole('dialog').getByRole('button', { name: 'Record an opt-out' }).click();
  await expect(operator.getByText(/No company had this number|may no longer call or text/)).toBeVisible();
  await expect(operator.getByText(`on a ${info.project.name}, mail of z•••@mail.example`)).toBeVisible();
  await fits(operator);
  await axe(operator, 'recorded opt-outs');
});

test('the other language is one press away @phone', async ({ page, axe }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Français' }).filter({ visible: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Appelez toute votre équipe.' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr');
  await fits(page);
  await axe(page, 'the landing page in French');
  for (const [path, heading] of [
    ['/register', 'Demander un compte'],
    ['/login', 'Se connecter'],
  ] as const) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await fits(page);
    await axe(page, `${path} in French`);
  }
  await page.getByRole('button', { name: 'English' }).filter({ visible: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
});

// The applicant of the sample has chosen French.
test('an application under review @phone', async ({ applicant: page, axe }) => {
  await page.goto('/home');
  await expect(page.getByRole('heading', { level: 1, name: 'Nous avons votre demande' })).toBeVisible();
  await expect(page.getByText(/Réponse au plus tard .*20\d\d,\s\d\d\sh\s\d\d \w+\//)).toBeVisible();
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
    ['/operator/own', 'Your sign-in', /This one/],
    ['/operator/reports', 'Reports', /No report yet|Week from/],
  ];
  for (const [path, heading, ready] of pages) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await expect(page.getByText(ready).filter({ visible: true }).first()).toBeVisible();
    await fits(page);
    await axe(page, path);
  }
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'forged.csv', mimeType: 'text/csv', buffer: Buffer.from('id,at') });
  await expect(page.getByText('No report has this file')).toBeVisible();
  await axe(page, 'a file that is not ours');
  await page.goto('/operator/audit');
  await expect(page.getByText(/^(By the nightly check of|As asked for on)/)).toBeVisible();
  await page.getByRole('button', { name: 'Verify the seals' }).click();
  await expect(page.getByText(/All [\d,]+ seals in \d+ chains hold/)).toBeVisible();
  await expect(page.getByText(/^As asked for on/)).toBeVisible();
  await page.getByLabel('Action').selectOption('Operators');
  await expect(page).toHaveURL(/action=operator\./);
  await expect(page.getByText('Operator signed in').filter({ visible: true }).first()).toBeVisible();
  await expect(page.getByText('Campaign launched')).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Download CSV' })).toHaveAttribute(
    'href',
    /\/operator\/audit\?action=operator\.&format=csv$/,
  );
  await page.getByLabel('Account id').fill('1111');
  await expect(page.getByText('The whole id')).toBeVisible();
  await fits(page);
  await axe(page, 'the filtered log');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page).toHaveURL(/\/operator\/audit$/);
});

test('an operator holds a log and releases it', async ({ operator: page, looks }) => {
  await page.goto('/operator/accounts');
  await page
    .getByRole('link', { name: /Northgrain/ })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  for (const [act, proof] of [
    ['Hold the log', 'A court asked for it'],
    ['Release the hold', 'None. The log loses its rows after two years.'],
  ] as const) {
    await page.getByRole('button', { name: act }).click();
    await dialog.getByLabel('Reason').fill('A court asked for it');
    if (act === 'Hold the log') await looks(page, 'the question before a hold');
    await dialog.getByRole('button', { name: act }).click();
    await expect(page.getByText(proof, { exact: false })).toBeVisible();
  }
});

test('a session that ends elsewhere ends here, and says so', async ({ applicant: page, browser }) => {
  await page.goto('/waiting');
  await expect(page.getByRole('heading', { level: 1, name: 'Nous avons votre demande' })).toBeVisible();
  const elsewhere = await browser.newContext({ storageState: await page.context().storageState() });
  const other = await elsewhere.newPage();
  await other.goto('/waiting');
  await other.getByRole('button', { name: 'Se déconnecter' }).click();
  await expect(other.getByRole('heading', { level: 1, name: 'Se connecter' })).toBeVisible();
  await elsewhere.close();
  forget('applicant');
  await page.getByRole('button', { name: 'Vérifier de nouveau' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Se connecter' })).toBeVisible();
  await expect(page.getByText('Votre session est terminée')).toBeVisible();
});
