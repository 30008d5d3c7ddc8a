import { mailed, stack, totp } from './support/stack';
import { expect, forget, test } from './support/test';

// A person puts an authenticator app before their account, uses it, and takes it away again.
test('a second step at sign-in, from the settings to the day the phone is lost', async ({ colleague: page, looks }) => {
  const { email, password } = stack.colleague;
  const dialog = page.getByRole('dialog');
  let secret = '';
  let recovery: string[] = [];

  await test.step('the picture, the first code, the recovery codes', async () => {
    await page.goto('/settings');
    await page.getByRole('button', { name: 'Set it up' }).click();
    await dialog.getByLabel('Current password').fill(password);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await expect(dialog.getByRole('img', { name: 'QR code for the authenticator app' })).toBeVisible();
    await looks(page, 'the set-up of the second step');
    secret = ((await dialog.locator('code').textContent()) ?? '').replaceAll(' ', '');
    await dialog.getByLabel('Code from the app').fill(totp(secret));
    await dialog.getByRole('button', { name: 'Switch it on' }).click();
    await expect(dialog.getByRole('listitem')).toHaveCount(10);
    await looks(page, 'the recovery codes');
    recovery = await dialog.getByRole('listitem').allTextContents();
    await dialog.getByRole('button', { name: 'I have saved them' }).click();
    await expect(page.getByText('10 recovery codes are left.')).toBeVisible();
    await mailed(email, /One-time codes are on/);
  });

  const signIn = async () => {
    await page.context().clearCookies({ name: '__Host-callshu' });
    await page.goto('/login?next=%2Fsettings');
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };

  await test.step('the next sign-in asks for a code, and remembers the browser', async () => {
    await signIn();
    await expect(page.getByRole('heading', { level: 1, name: 'One more step' })).toBeVisible();
    await looks(page, 'the second step');
    // The code of the next half minute is within what clocks may differ, and the one of now is used.
    await page.getByLabel('Six-digit code').fill(totp(secret, Date.now() + 30_000));
    await page.getByLabel('Ask for no code in this browser for 30 days').check();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByRole('heading', { name: 'Browsers that are asked for no code' })).toBeVisible();
    await looks(page, 'the second step in the settings');
    await signIn();
    await expect(page.getByText('10 recovery codes are left.')).toBeVisible();
  });
  await test.step('a recovery code stands in for a lost phone', async () => {
    await page.getByRole('button', { name: /^Forget the browser/ }).click();
    await expect(page.getByText('That browser is asked for a code again.')).toBeVisible();
    await signIn();
    await page.getByRole('button', { name: 'I do not have my phone' }).click();
    await page.getByLabel('Recovery code').fill(recovery[0] ?? '');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page.getByText('9 recovery codes are left.')).toBeVisible();
    await mailed(email, /A recovery code was used/);
  });
  await test.step('it is switched off', async () => {
    await page.getByRole('button', { name: 'Switch it off' }).click();
    await dialog.getByLabel('Current password').fill(password);
    await dialog.getByLabel('Code from the app, or a recovery code').fill(recovery[1] ?? '');
    await dialog.getByRole('button', { name: 'Switch it off' }).click();
    await expect(page.getByRole('button', { name: 'Set it up' })).toBeVisible();
    forget('colleague');
  });
});
