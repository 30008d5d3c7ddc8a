import { audited } from './support/campaigns';
import { expect, test } from './support/test';

// What a person may ask of an employer: everything it holds of them, and to be forgotten.

test('a person is exported and erased for good', async ({ employer: page, looks }) => {
  const name = 'Ottoline Brightwater';
  const made = await page.request.post('/api/v1/employees', {
    data: { name, phone: '+12265550191', tags: ['lakeside'], attestation: 'Written on the hiring form.' },
  });
  expect(made.status(), await made.text()).toBe(201);
  const { id } = (await made.json()) as { id: string };
  const dialog = page.getByRole('dialog').last();
  const erase = dialog.getByRole('button', { name: 'Erase for good' });

  await page.goto(`/employees?open=${id}`);
  await test.step('an owner saves everything that is held', async () => {
    const link = page.getByRole('link', { name: 'Export (CSV)' });
    const answer = await page.request.get((await link.getAttribute('href')) ?? '');
    const text = await answer.text();
    expect(answer.headers()['content-disposition']).toBe(`attachment; filename="callshu-person-${id}.csv"`);
    for (const part of [name, '+12265550191', 'lakeside', 'attested']) expect(text).toContain(part);
  });
  await test.step('the question says what goes, what stays and why, and wants the name', async () => {
    await page.getByRole('button', { name: 'Erase for good' }).click();
    await expect(dialog.getByText('This stays, and names nobody:')).toBeVisible();
    await expect(dialog.getByText('a STOP stays in force', { exact: false })).toBeVisible();
    await expect(erase).toBeDisabled();
    await looks(page, 'the question before somebody is erased');
    await dialog.getByLabel('Why?').selectOption({ label: 'They were entered by mistake' });
    await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
    await erase.click();
    await expect(page.getByText('The person is erased.')).toBeVisible();
  });
  await test.step('nobody finds them any more, and the log says that it was done and why', async () => {
    const list = await page.request.get('/api/v1/employees?search=ottoline');
    expect(((await list.json()) as { items: unknown[] }).items).toEqual([]);
    const [row] = await audited(page, 'employee.erased');
    expect(row?.detail).toMatchObject({ reason: 'entered_by_mistake', kept_for: 'proof_of_consent_and_refusal' });
    expect(JSON.stringify(row)).not.toContain('Ottoline');
  });
});
