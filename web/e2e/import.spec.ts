import type { Page } from '@playwright/test';
import { audited } from './support/campaigns';
import { expect, test } from './support/test';

// Everybody here answers to numbers of one exchange that no other test uses.
const number = (i: number) => `647-555-01${String(i).padStart(2, '0')}`;

async function choose(page: Page, text: string, name = 'staff.csv', mimeType = 'text/csv'): Promise<void> {
  await page.goto('/employees/import');
  await page.locator('input[type=file]').setInputFiles({ name, mimeType, buffer: Buffer.from(text) });
}

const goOn = (page: Page) => page.getByRole('button', { name: 'Go on' }).click();

async function listed(page: Page, name: string): Promise<number> {
  const list = await page.request.get(`/api/v1/employees?search=${encodeURIComponent(name)}`);
  return ((await list.json()) as { items: unknown[] }).items.length;
}

const bad = [
  'Matricule,Collègue,Numéro du jour,Note',
  `7,Zara Kestrel,${number(41)},nights`,
  '8,Bram Kestrel,12345,=1+1',
  `9,,${number(42)},`,
  `10,Zara Again,${number(41)},`,
  `11,Odd "Quote" Kestrel,${number(43)},`,
].join('\r\n');

test('a bad file is mapped by hand, its bad rows come back as they stood @phone', async ({ employer: page, looks }) => {
  await test.step('what is no list never leaves the browser, or is refused in words', async () => {
    await choose(page, 'x', 'people.xlsx', 'application/vnd.ms-excel');
    await expect(page.getByText('This is not a CSV file.')).toBeVisible();
    await choose(page, 'name,phone\nZo\u0000e,1\n');
    await expect(page.getByRole('alert')).toContainText('CSV UTF-8');
  });
  await test.step('no column is headed as a number', async () => {
    await choose(page, bad);
    await expect(page.getByRole('alert')).toContainText('No column is taken for the phone number.');
    await expect(page.getByRole('cell', { name: 'Zara Kestrel' })).toBeVisible();
    await goOn(page);
    await expect(page.getByRole('alert')).toContainText('No column is taken for the phone number.');
    await page.getByLabel('Column Collègue is').selectOption('Name');
    await page.getByLabel('Column Numéro du jour is').selectOption('Phone');
    await looks(page, 'the columns of an import');
    await goOn(page);
  });
  await test.step('the check', async () => {
    await expect(page.getByRole('region', { name: 'Rejected rows' }).getByRole('row')).toHaveCount(5);
    await expect(page.getByText('staff.csv: 5 rows')).toBeVisible();
    await looks(page, 'the check of a bad file');
    // Headless Chromium cancels downloads; the address is the link's own.
    const address = await page.getByRole('link', { name: 'Download as CSV' }).getAttribute('href');
    const lines = (await (await page.request.get(address ?? '')).text()).replace(/\r\n$/, '').split('\r\n');
    expect(lines[0]).toBe('\uFEFFline,problem,Matricule,Collègue,Numéro du jour,Note');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toMatch(/^3,.*,8,Bram Kestrel,12345,'=1\+1$/);
    expect(lines[4]).toContain('Odd ""Quote"" Kestrel');
  });
  expect(await listed(page, 'Kestrel'), 'nobody is added by a check').toBe(0);
  await test.step('the next file with these headings is read so at once', async () => {
    await choose(page, `Collègue,Numéro du jour\r\nLia Kestrel,${number(44)}\r\n`);
    await expect(page.getByLabel('Column Numéro du jour is')).toHaveValue('phone');
    await goOn(page);
    await expect(page.getByText('staff.csv: 1 rows')).toBeVisible();
  });
});

test('an import goes on without its tab, and is come back to @phone', async ({ employer: page, looks }, info) => {
  const people = Array.from({ length: 3_000 }, (_, i) => `Heron ${i} ${info.project.name},+1905${2_000_000 + i},night`);
  await choose(page, `name,phone,tags\n${people.join('\n')}\n`, 'herons.csv');
  await goOn(page);
  await expect(page.getByText('herons.csv: 3,000 rows')).toBeVisible();
  await goOn(page);
  await page.getByLabel('How did these people give you their numbers?').fill('On the hiring form, for work messages.');
  await page.getByLabel('Ask each new person for consent by text now').uncheck();
  const confirmed = page.waitForResponse((r) => r.url().endsWith('/confirm') && r.status() === 202);
  await page.getByRole('button', { name: /^Take [\d,]+ people$/ }).click();
  await confirmed;
  const address = page.url();
  const context = page.context();
  await page.close();

  const later = await context.newPage();
  await later.goto('/employees/import');
  await later.getByRole('link', { name: 'Open herons.csv' }).first().click();
  await expect(later).toHaveURL(address.replace(/\?.*/, ''));
  await expect(later.getByText('The list is in')).toBeVisible({ timeout: 60_000 });
  await expect(later.getByText(/^(3,000 new, 0|0 new, 3,000) changed\./)).toBeVisible();
  const rows = await audited(later, 'employees.imported');
  expect(rows.filter((r) => (r.detail as { total: number }).total === 3_000).length).toBeGreaterThan(0);
  // Everybody else of the list is told of, and stays.
  await expect(later.getByRole('heading', { name: /people are not in this file: archive\?/ })).toBeVisible();
  await later.getByRole('button', { name: 'See who they are' }).click();
  await expect(later.getByRole('table', { name: 'Not in the file' })).toBeVisible();
  await looks(later, 'an import that is done');
  await later.getByRole('button', { name: /^Archive [\d,]+ people$/ }).click();
  const dialog = later.getByRole('dialog');
  await expect(dialog.getByRole('button', { name: /^Archive/ })).toBeDisabled();
  await looks(later, 'the question before people are archived');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await later.goto('/employees');
  await expect(later.getByText('The list is in')).toBeHidden();
});
