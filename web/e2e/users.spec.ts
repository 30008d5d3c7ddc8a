import type { Page } from '@playwright/test';
import { audited } from './support/campaigns';
import { mailed, mailedLink, stack } from './support/stack';
import { expect, test } from './support/test';

// Who may sign in for a company: invited, raised, and gone again; and the way back of who forgot the password.

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** What the server says to a request of a page's session. */
const statusOf = async (page: Page, path: string) => (await page.request.get(`/api/v1${path}`)).status();

test('an owner invites a colleague, makes her an owner, and ends her access', async ({
  employer: page,
  browser,
  watched,
  looks,
}) => {
  const ines = { name: 'Inès Caron', email: 'ines.caron@northgrain.example', password: 'eleven quiet lighthouses' };
  const company = stack.employer.legal_name ?? '';
  const dialog = page.getByRole('dialog');
  const row = page.getByRole('table', { name: 'People with access' }).getByRole('row').filter({ hasText: ines.email });
  const context = await browser.newContext();
  watched(context);
  const hers = await context.newPage();

  await test.step('the invitation goes by mail, and stands open', async () => {
    await page.goto('/users');
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    await dialog.getByLabel('Work e-mail').fill(ines.email);
    await dialog.getByLabel('Name', { exact: true }).fill('Ines');
    await dialog.getByLabel('Role').selectOption('Member');
    await looks(page, 'the invitation of a colleague');
    await dialog.getByRole('button', { name: 'Send the invitation' }).click();
    await expect(page.getByRole('row').filter({ hasText: ines.email })).toContainText('Member');
    await looks(page, 'people with access and an open invitation');
  });
  await test.step('she joins with the link of the mail, which works once', async () => {
    const link = await mailedLink(ines.email, '/accept-invitation');
    await hers.goto(link);
    await expect(heading(hers, `Join ${company}`)).toBeVisible();
    await expect(hers.getByText('You are invited as a member.', { exact: false })).toBeVisible();
    await looks(hers, 'an invitation');
    await hers.getByLabel('Your name').fill(ines.name);
    await hers.getByLabel('Password', { exact: true }).fill(ines.password);
    await hers.getByRole('button', { name: 'Join' }).click();
    await expect(heading(hers, 'You have joined')).toBeVisible();
    await mailed(stack.colleague.email, /Inès Caron has joined/);
    const again = await context.newPage();
    await again.goto(link);
    await expect(again.getByText('ask whoever invited you', { exact: false })).toBeVisible();
    await again.close();
  });
  await test.step('as a member she does not see what is for owners', async () => {
    await hers.locator('main').getByRole('link', { name: 'Sign in' }).click();
    await signIn(hers, ines.email, ines.password);
    await expect(heading(hers, company)).toBeVisible();
    await expect(hers.getByRole('link', { name: 'Audit', exact: true })).toHaveCount(0);
    await hers.goto('/users');
    await expect(hers.getByText('Only an owner of the account', { exact: false })).toBeVisible();
    await looks(hers, 'people with access, as a member');
    expect([await statusOf(hers, '/users'), await statusOf(hers, '/audit')]).toEqual([403, 403]);
  });
  await test.step('made an owner, she is one with her next request', async () => {
    await page.reload();
    await page.getByRole('button', { name: `Make ${ines.name} an owner` }).click();
    await expect(row).toContainText('Owner');
    expect([await statusOf(hers, '/users'), await statusOf(hers, '/audit')]).toEqual([200, 200]);
    await hers.reload();
    await expect(hers.getByRole('button', { name: 'Invite somebody' })).toBeVisible();
    await expect(hers.getByRole('link', { name: 'Audit', exact: true })).toBeVisible();
  });
  await test.step('her access ends, and the page she has open says so by itself', async () => {
    await hers.goto('/employees');
    await expect(heading(hers, 'Employees')).toBeVisible();
    await page.getByRole('button', { name: `End the access of ${ines.name}` }).click();
    await expect(dialog.getByText('is signed out at once', { exact: false })).toBeVisible();
    await looks(page, 'the question before an access ends');
    await dialog.getByRole('button', { name: 'End access' }).click();
    await expect(row).toContainText('Access ended');
    expect(await statusOf(hers, '/me')).toBe(401);
    await expect(heading(hers, 'Sign in')).toBeVisible();
    await expect(hers.getByText('Your session has ended.', { exact: false })).toBeVisible();
    await expect(hers.getByRole('table')).toHaveCount(0);
    await signIn(hers, ines.email, ines.password);
    await expect(hers.getByText('The e-mail address or the password is not right.')).toBeVisible();
  });
  await test.step('the audit log has every step with its name', async () => {
    for (const [action, by] of [
      ['user.invited', stack.employer.name],
      ['user.joined', ines.name],
      ['user.role_changed', stack.employer.name],
      ['user.disabled', stack.employer.name],
    ] as const) {
      const rows = await audited(page, action);
      expect(rows[0]?.actor_name, action).toBe(by);
    }
  });
  await context.close();
});

test('who forgot the password chooses another by mail, and every session ends', async ({
  employer,
  page,
  browser,
  watched,
  looks,
}) => {
  const otto = { name: 'Otto Berg', email: 'otto.berg@northgrain.example' };
  const [old, chosen] = ['thirteen slow tugboats', 'fourteen brave teapots'];
  await test.step('somebody who has an access, and is signed in elsewhere', async () => {
    const invited = await employer.request.post('/api/v1/users/invitations', {
      data: { ...otto, role: 'member', language: 'en' },
    });
    expect(invited.status(), await invited.text()).toBe(202);
    const token = (await mailedLink(otto.email, '/accept-invitation')).split('token=')[1];
    const joined = await page.request.post('/api/v1/auth/invitation/accept', {
      data: { token, name: otto.name, language: 'en', password: old },
    });
    expect(joined.status(), await joined.text()).toBe(200);
  });
  const elsewhere = await browser.newContext();
  watched(elsewhere);
  const other = await elsewhere.newPage();
  await other.goto('/login?next=%2Femployees');
  await signIn(other, otto.email, old);
  await expect(heading(other, 'Employees')).toBeVisible();

  const link = await test.step('the link comes by mail, and nobody learns whether an address is known', async () => {
    await page.goto('/login');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.getByLabel('E-mail').fill('nobody@northgrain.example');
    await page.getByRole('button', { name: 'Send the link' }).click();
    const sent = page.getByRole('status').filter({ hasText: 'If the address belongs to an account' });
    await expect(sent).toBeVisible();
    const toNobody = await sent.textContent();
    await page.goto('/forgot-password');
    await page.getByLabel('E-mail').fill(otto.email);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await expect(sent).toHaveText(toNobody ?? '');
    await looks(page, 'a link on its way');
    return mailedLink(otto.email, '/reset-password');
  });
  await test.step('one that is too short is refused, another is taken', async () => {
    await page.goto(link);
    await expect(heading(page, 'Choose a new password')).toBeVisible();
    const word = page.getByLabel('New password', { exact: true });
    await word.fill('short');
    await page.getByRole('button', { name: 'Change the password' }).click();
    await expect(word).toHaveAttribute('aria-invalid', 'true');
    await expect(word).toHaveAccessibleDescription(/15/);
    await looks(page, 'a new password that is refused');
    await word.fill(chosen);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await expect(page.getByText('Your password is changed. Sign in with the new one.')).toBeVisible();
    await mailed(otto.email, /Your password was changed/);
  });
  await test.step('the session elsewhere has ended, and its page says so by itself', async () => {
    await expect(heading(other, 'Sign in')).toBeVisible();
    await expect(other.getByText('Your session has ended.', { exact: false })).toBeVisible();
    await elsewhere.close();
  });
  await test.step('the old password is refused, the new one opens', async () => {
    await signIn(page, otto.email, old);
    await expect(page.getByText('The e-mail address or the password is not right.')).toBeVisible();
    await signIn(page, otto.email, chosen);
    await expect(heading(page, stack.employer.legal_name ?? '')).toBeVisible();
  });
  await test.step('the link does not work a second time', async () => {
    const again = await page.request.post('/api/v1/auth/password/reset', {
      data: { token: link.split('token=')[1], password: 'fifteen calm cuckoos' },
    });
    expect(again.ok(), await again.text()).toBe(false);
    expect(await statusOf(page, '/me')).toBe(200);
  });
});
