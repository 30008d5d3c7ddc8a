import type { Page } from '@playwright/test';
import { expect, test } from './support/test';

// Words that are kept for the next campaign: saved, used, changed, renamed, deleted and brought back.

const first = 'The yard gate is closed for repairs, please use the east entrance.';
const second = 'The yard gate is open again.';

/** Words, complete enough to be kept; the answer is the one of key 1. */
async function write(page: Page, name: string, message: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('What is it about?').fill('the yard gate');
  await page.getByLabel('Message', { exact: true }).fill(message);
  await page.getByLabel('Key 1: Answer (English)').fill('you have understood');
  await expect(page.getByText('Saved as a draft')).toBeVisible();
}

const contentOf = async (page: Page) => {
  const id = /campaigns\/([0-9a-f-]{36})/.exec(page.url())?.[1];
  const campaign = await (await page.request.get(`/api/v1/campaigns/${id}`)).json();
  return { id, ...campaign.content } as { id: string; texts: { en: { message: string } }; voice: string };
};

test('a message is saved, used again, changed, renamed and deleted', async ({ employer: page, looks }) => {
  const dialog = page.getByRole('dialog');
  const keep = page.getByRole('button', { name: 'Save this message' });
  const row = (name: string) => page.getByRole('row').filter({ hasText: name });

  await test.step('none is there yet, and the page says how to get one', async () => {
    await page.goto('/campaigns');
    await page.getByRole('link', { name: 'Saved messages' }).click();
    await expect(page.getByRole('heading', { level: 2, name: 'No saved message yet' })).toBeVisible();
    await page.getByRole('link', { name: 'Write a campaign' }).click();
  });
  const original = await test.step('save one while writing a campaign', async () => {
    await expect(keep).toBeDisabled();
    await write(page, 'East entrance', first);
    await page.getByText('Male', { exact: true }).click();
    await keep.click();
    await expect(dialog.getByLabel('Name of the message')).toHaveValue('East entrance');
    await looks(page, 'the question for a name');
    await dialog.getByLabel('Name of the message').fill('Gate');
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('The message is saved.')).toBeVisible();
    await expect(page.getByText('Saved as a draft')).toBeVisible();
    return contentOf(page);
  });
  await test.step('it stands in the list with its words and who saved it', async () => {
    await page.goto('/saved-messages');
    await expect(row('Gate')).toContainText(first);
    await expect(row('Gate')).toContainText('by Josée Marchand');
    await looks(page, 'saved messages');
  });
  await test.step('a new campaign starts with it and replaces its words', async () => {
    await page.getByRole('link', { name: 'Write a campaign with Gate' }).click();
    await expect(page.getByLabel('Message', { exact: true })).toHaveValue(first);
    await expect(page.getByLabel('Key 1: Answer (English)')).toHaveValue('you have understood');
    await page.getByLabel('Name', { exact: true }).fill('Gate open');
    await page.getByLabel('Message', { exact: true }).fill(second);
    await expect(page.getByText('Saved as a draft')).toBeVisible();
    await keep.click();
    await dialog.getByLabel('Name of the message').fill('gate');
    await expect(dialog.getByText('“Gate” exists. Its words are replaced', { exact: false })).toBeVisible();
    await dialog.getByRole('button', { name: 'Replace it' }).click();
    await expect(page.getByText('The message is saved.')).toBeVisible();
    const content = await contentOf(page);
    expect(content.id).not.toBe(original.id);
    expect(content).toMatchObject({ texts: { en: { message: second } }, voice: 'male' });
  });
  await test.step('the campaign it came from keeps its own words', async () => {
    await page.goto(`/campaigns/${original.id}/edit`);
    await expect(page.getByLabel('Message', { exact: true })).toHaveValue(first);
  });
  await test.step('it can be taken in the composer, and what was there comes back', async () => {
    const choice = page.getByRole('combobox', { name: 'Start from a saved message' });
    await choice.click();
    await looks(page, 'the saved messages to choose from');
    // The list hangs where it was opened, on a page that was made small and large since.
    await choice.press('Escape');
    await choice.click();
    await page.getByRole('option', { name: 'Gate' }).click();
    await expect(page.getByLabel('Message', { exact: true })).toHaveValue(second);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByLabel('Message', { exact: true })).toHaveValue(first);
    await expect(page.getByText('Saved as a draft')).toBeVisible();
  });
  await test.step('rename it', async () => {
    await page.goto('/saved-messages');
    await expect(row('Gate')).toContainText(second);
    await page.getByRole('button', { name: 'Rename Gate' }).click();
    await looks(page, 'the question for another name');
    await dialog.getByLabel('Name').fill('Yard gate open');
    await dialog.getByRole('button', { name: 'Rename' }).click();
    await expect(row('Yard gate open')).toBeVisible();
  });
  await test.step('delete it, bring it back, and delete it for good', async () => {
    const none = page.getByRole('heading', { level: 2, name: 'No saved message yet' });
    await page.getByRole('button', { name: 'Delete Yard gate open' }).click();
    await expect(none).toBeVisible();
    await looks(page, 'no saved message, and the way back');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(row('Yard gate open')).toContainText(second);
    await page.getByRole('button', { name: 'Delete Yard gate open' }).click();
    await expect(none).toBeVisible();
    await page.reload();
    await expect(none).toBeVisible();
  });
});
