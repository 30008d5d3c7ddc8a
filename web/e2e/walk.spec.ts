import { expect, type Page } from '@playwright/test';
import { mailed, mailedLink, Phone, violations } from './support/stack';
import { fits, test } from './support/test';

// The whole path of a new employer, as its people and their phones live through it.

const company = {
  legal: 'Mill Creek Paper Ltd.',
  spoken: 'Mill Creek Paper',
  email: 'wendy.okoye@millcreek.example',
  password: 'seventeen grey herons',
};

/** Numbers of Toronto that the sample does not use; on a Monday at nine they may ring. */
const own = new Phone('+14375550180');
const yes = [new Phone('+14375550181'), new Phone('+14375550182'), new Phone('+14375550183')] as const;
const [dana, noor, sam] = yes;
const refuses = new Phone('+14375550184');
const silent = new Phone('+14375550185');

const csv = [
  'Name,Phone,Language,Time_zone,Tags',
  'Dana Roy,437-555-0181,en,America/Toronto,mill;day shift',
  'Noor Haddad,(437) 555-0182,en,,mill',
  'Sam Gagné,+1 437 555 0183,fr,America/Toronto,mill',
  'Ivan Petrov,4375550184,en,,office',
  'Wei Chen,437.555.0185,en,,office',
  'Nobody Reachable,12345,en,,',
  'Wrong Zone,437-555-0186,en,Toronto,',
  ',437-555-0187,en,,',
].join('\r\n');

const consent = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(name) });
const figure = (page: Page, label: string) => page.locator('main').getByText(label, { exact: true }).locator('..');

test('from the application to the results', async ({ page, operator, axe }) => {
  test.setTimeout(600_000);
  for (const phone of [own, ...yes, refuses, silent]) await phone.inHand();

  await test.step('apply, with a wrong number first', () => apply(page));
  await test.step('confirm the address from the mail', async () => {
    await page.goto(await mailedLink(company.email, '/verify-email'));
    await page.getByRole('button', { name: 'Confirm my address' }).click();
    await page.locator('main').getByRole('link', { name: 'Sign in' }).click();
    await signIn(page);
    await expect(page.getByRole('heading', { level: 1, name: 'Your application is with us' })).toBeVisible();
  });
  await test.step('confirm the own phone by a code', () => verifyPhone(page));
  await test.step('an operator approves', async () => {
    await approve(operator);
    await mailed(company.email, /approved/i);
    await page.getByRole('button', { name: 'Look again' }).click();
    await expect(page.getByRole('heading', { level: 1, name: company.legal })).toBeVisible();
    await axe(page, 'home of a new employer');
  });
  await test.step('import people, of whom some are refused', () => importPeople(page, axe));
  await test.step('people answer by text', async () => {
    for (const phone of yes) await phone.gets(/YES to join|OUI pour accepter/);
    for (const phone of yes) await phone.text(phone === sam ? 'Oui' : 'YES');
    await refuses.gets(/STOP to end/);
    await refuses.text('stop');
    await expect(consent(page, 'Dana Roy').getByText('Said yes')).toBeVisible();
    await expect(consent(page, 'Sam Gagné').getByText('Said yes')).toBeVisible();
    await expect(consent(page, 'Ivan Petrov').getByText('Said stop')).toBeVisible();
    await expect(consent(page, 'Wei Chen').getByText('Asked')).toBeVisible();
  });
  await test.step('write a campaign in two languages', () => compose(page, axe));
  await test.step('hear it on the own phone', async () => {
    await page.getByRole('button', { name: 'Ring me now, in English' }).click();
    await own.rings();
    await expect(page.getByText('Your phone is ringing')).toBeVisible();
    await own.answer();
    await own.hears(`This is an automated call from ${company.spoken}`);
    await own.hears('The mill is closed tomorrow, Wendy');
    await own.press('1');
    await expect(page.getByText('You pressed 1.')).toBeVisible({ timeout: 60_000 });
  });
  await test.step('launch', async () => {
    await page.getByRole('button', { name: 'Call 3 people' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Call 3 people' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Mill closed' })).toBeVisible();
    await expect(page.getByText('Live', { exact: true })).toBeVisible();
    await fits(page);
  });
  await test.step('a phone answers, and its row turns', async () => {
    await dana.rings();
    await dana.answer();
    await dana.hears('The mill is closed tomorrow, Dana');
    await dana.press('1');
    await expect(consent(page, 'Dana Roy').getByText('you have understood')).toBeVisible();
    await expect(consent(page, 'Dana Roy').getByText('Answered')).toBeVisible();
  });
  await test.step('a STOP silences a ringing phone', async () => {
    await noor.rings();
    await noor.text('STOP');
    await noor.isSilent();
    await expect(consent(page, 'Noor Haddad').getByText('Skipped')).toBeVisible();
  });
  await test.step('pause, resume, and the last answer', () => pauseAndFinish(page, axe));
  await test.step('the results as a file', async () => {
    // Not by a click: the browser's own download leaves out the header that says where this test is.
    const link = page.getByRole('link', { name: 'Download CSV' });
    await expect(link).toHaveAttribute('download');
    const file = await page.request.get((await link.getAttribute('href')) ?? '');
    expect(file.headers()['content-disposition']).toMatch(/^attachment; filename=.*\.csv/);
    const rows = (await file.text()).trim().split('\r\n');
    expect(rows).toHaveLength(6);
    expect(rows.find((row) => row.includes('Sam Gagné'))).toContain(',answered,,2,you need a call back,');
  });
  await test.step('every step is in the audit', async () => {
    await page.getByRole('link', { name: 'Audit', exact: true }).click();
    for (const words of [
      'Campaign finished',
      'Campaign resumed',
      'Campaign paused',
      'Campaign launched',
      'List imported',
    ]) {
      await expect(page.getByRole('table').getByText(words, { exact: true }).first()).toBeVisible();
    }
  });
  expect(await violations()).toEqual([]);
});

async function apply(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('link', { name: 'Apply for an account' }).click();
  await page.getByLabel('Legal name').fill(company.legal);
  await page.getByLabel('Registry number').fill('BN 811223344');
  await page.getByLabel('Province or state').selectOption('Ontario');
  await page.getByLabel('Website').fill('https://www.millcreek.example');
  await page.getByLabel('Employees', { exact: true }).fill('85');
  await page.getByLabel('What will you call your employees about?').fill('Closures of the mill and changes of shift.');
  await page.getByLabel('Name as it is spoken and texted').fill(company.spoken);
  await page.getByLabel('Call-back number').fill('437 555 0100');
  await page.getByLabel('Contact address').fill('4 Creek Road, Georgetown ON');
  await page.getByLabel('Your name').fill('Wendy Okoye');
  await page.getByLabel('Work e-mail').fill(company.email);
  await page.getByLabel('Your phone').fill('not a phone');
  await page.getByLabel('Password', { exact: true }).fill(company.password);
  await page.getByLabel('These facts are true').check();
  await page.getByRole('button', { name: 'Send the application' }).click();
  const phone = page.getByLabel('Your phone');
  await expect(phone).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Legal name')).toHaveValue(company.legal);
  await phone.fill(own.number);
  await page.getByRole('button', { name: 'Send the application' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Check your mail' })).toBeVisible();
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('E-mail').fill(company.email);
  await page.getByLabel('Password', { exact: true }).fill(company.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function verifyPhone(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Text me a code' }).click();
  const code = await own.gets(/\b\d{6}\b/);
  await page.getByLabel('Code').fill(code === '000000' ? '111111' : '000000');
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expect(page.getByLabel('Code')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Code').fill(code);
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expect(page.getByText('Confirmed', { exact: true })).toBeVisible();
}

async function approve(page: Page): Promise<void> {
  await page.goto('/operator/applications');
  await page.getByRole('link', { name: `Look at ${company.legal}` }).click();
  await expect(page.getByRole('heading', { level: 1, name: company.legal })).toBeVisible();
  await expect(page.getByText('Mail and website share a domain')).toBeVisible();
  await expect(page.getByText('Phone confirmed', { exact: true })).toBeVisible();
  const button = page.getByRole('button', { name: 'Approve' });
  await expect(button).toBeDisabled();
  for (const box of await page.getByRole('group', { name: 'What you have checked' }).getByRole('checkbox').all())
    await box.check();
  await button.click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
}

async function importPeople(page: Page, axe: (page: Page, what: string) => Promise<void>): Promise<void> {
  await page.getByRole('link', { name: 'Import a list' }).click();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(`\uFEFF${csv}`) });
  await expect(page.getByLabel('Column Phone is')).toHaveValue('phone');
  await axe(page, 'the columns of an import');
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(figure(page, 'New')).toContainText('5');
  await expect(figure(page, 'Rejected')).toContainText('3');
  await expect(page.getByRole('region', { name: 'Rejected rows' }).getByRole('row')).toHaveCount(4);
  await axe(page, 'the check of an import');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByLabel('How did these people give you their numbers?').fill('short');
  await page.getByRole('button', { name: 'Take 5 people' }).click();
  await expect(page.getByText('A few more words, please')).toBeVisible();
  await page.getByLabel('How did these people give you their numbers?').fill('On the hiring form, for work messages.');
  await page.getByRole('button', { name: 'Take 5 people' }).click();
  await expect(
    page.getByText(/5 new, 0 changed\. 5 invitations are on their way, the last sent by about .* America\/Toronto\./),
  ).toBeVisible();
  await page.getByRole('link', { name: 'See the list' }).click();
  await expect(page.getByText('5 people', { exact: false })).toBeVisible();
}

async function compose(page: Page, axe: (page: Page, what: string) => Promise<void>): Promise<void> {
  await page.getByRole('link', { name: 'Campaigns', exact: true }).click();
  await page.getByRole('link', { name: 'Write a campaign' }).first().click();
  const start = page.getByRole('button', { name: /^Call \d/ });
  await expect(page.getByText('Give it a name.')).toBeVisible();
  await expect(start).toHaveCount(0);
  await page.getByLabel('Name', { exact: true }).fill('Mill closed');
  await page.getByLabel('What is it about?').fill('tomorrow');
  const message = page.getByLabel('Message', { exact: true });
  await message.fill('The mill is closed tomorrow, .');
  await message.press('ArrowLeft');
  await page.getByRole('button', { name: 'First name' }).click();
  await expect(message).toHaveValue('The mill is closed tomorrow, {{first_name}}.');
  await page.getByLabel('Key 1: Answer (English)').fill('you have understood');
  await page.getByRole('button', { name: 'Add an answer' }).click();
  await page.getByLabel('Key 2: Answer (English)').fill('you need a call back');
  await page.getByRole('button', { name: 'Add French' }).click();
  await page.getByLabel('What is it about?').fill('demain');
  await page.getByLabel('Message', { exact: true }).fill('Le moulin est fermé demain, {{first_name}}.');
  await page.getByLabel('Key 1: Answer (French)').fill('confirmer');
  await page.getByLabel('Key 2: Answer (French)').fill('être rappelé');
  await expect(page.getByText('3 people will be rung, 2 will not.')).toBeVisible();
  await expect(page.getByText('Saved as a draft')).toBeVisible();
  await expect(page).toHaveURL(/\/campaigns\/[0-9a-f-]{36}\/edit$/);
  const plan = page.getByRole('region', { name: 'The plan' });
  await expect(plan.getByText('Ivan Petrov')).toBeVisible();
  await expect(plan.getByText('Wei Chen')).toBeVisible();
  await page.getByLabel('People with a tag').check();
  await expect(page.getByText('Choose at least one tag.')).toBeVisible();
  await expect(start).toHaveCount(0);
  await page.getByLabel('Everyone in the list').check();
  await expect(start).toBeEnabled();
  await axe(page, 'the composer');
}

async function pauseAndFinish(page: Page, axe: (page: Page, what: string) => Promise<void>): Promise<void> {
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(page.getByText('No new call starts.', { exact: false }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Resume' }).click();
  await sam.rings();
  await sam.answer();
  await sam.hears('Le moulin est fermé demain, Sam');
  await sam.press('2');
  await expect(consent(page, 'Sam Gagné').getByText('you need a call back')).toBeVisible();
  await expect(page.getByText('Planned 5 = outcomes 5, difference 0.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('Finished', { exact: true })).toBeVisible();
  await axe(page, 'the results');
}
