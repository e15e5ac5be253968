// The examples: one is diagnosed before the first paste, all are a click away.
import { expect, test } from '../page.mjs';

test('the first visit shows an example, already diagnosed, and says so', async ({ doctor }) => {
  await expect(doctor.exampleNote).toBeVisible();
  await expect(doctor.editor('lima.yaml')).not.toBeEmpty();
  await expect(doctor.findings.first()).toBeVisible();
  await expect(doctor.summary).not.toBeEmpty();
});

test('every example can be opened, is diagnosed, and can be taken back', async ({ doctor, page }) => {
  const mine = '# my own file\nmounts: []\n';
  await doctor.pasteAnything(mine);

  const count = await (await doctor.openExamples()).getByRole('button').count();
  expect(count, 'there are examples').toBeGreaterThan(0);
  await page.keyboard.press('Escape');
  for (let index = 0; index < count; index += 1) {
    const button = (await doctor.openExamples()).getByRole('button').nth(index);
    const title = await button.innerText();
    await button.click();
    await expect(page.getByRole('dialog', { name: 'Examples' })).toHaveCount(0);
    await expect(doctor.exampleNote, title).toBeVisible();
    await expect(doctor.summary, title).not.toBeEmpty();
    await expect(await doctor.showInput('lima.yaml'), title).not.toHaveValue(mine);

    await doctor.paste.getByRole('button', { name: 'Undo' }).click();
    await expect(await doctor.showInput('lima.yaml'), title).toHaveValue(mine);
  }
});

test('with everything cleared the page asks for input', async ({ doctor }) => {
  await doctor.clearAll();
  await expect(doctor.exampleNote).toHaveCount(0);
  await expect(doctor.correctedTabs).toHaveCount(0);
  await expect(doctor.summary).not.toBeEmpty();
  await expect(doctor.run.getByRole('note')).toContainText(/^No script/);
});

test('files can be opened from the disk', async ({ doctor, page }) => {
  await doctor.clearAll();
  const text = 'LIBVIRT_URI=qemu+ssh://dev@host.docker.internal:52136/system\n';
  const file = { name: '.env', mimeType: 'text/plain', buffer: Buffer.from(text) };
  await page.getByLabel('Files to open').setInputFiles(file);
  await expect(await doctor.showInput('.env')).toHaveValue(text);
});
