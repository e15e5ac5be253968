// Answers in one's own words: what is none is said at the field, and is not lost.
import { expect, test } from '../page.mjs';

for (const [name, wrong, why, right] of [
  ['Lima', '2', '`2` is not a version such as 2.1 or 2.1.4', '2.1'],
  ['Instance', 'a b', '`a b` is not a name that Lima takes', 'dev'],
]) {
  test(`the field ${name} says what it does not take`, async ({ doctor, page }) => {
    const field = doctor.assumed.getByRole('textbox', { name, exact: true });
    const refusal = page.getByText(why.replaceAll('`', ''));
    await field.fill(wrong);
    await field.press('Enter');
    await expect(refusal).toBeVisible();
    await expect(field).toHaveValue(wrong);
    await expect(field).toHaveAttribute('aria-invalid', 'true');

    await field.fill(right);
    await field.press('Enter');
    await expect(refusal).toHaveCount(0);
    await expect(field).toHaveValue(right);
    await expect(field).not.toHaveAttribute('aria-invalid');
  });
}

test('a port to pin must be one that a user may listen on', async ({ doctor, page }) => {
  await doctor.assumed.getByRole('combobox', { name: 'SSH port' }).selectOption('pin');
  const field = doctor.assumed.getByRole('textbox', { name: 'Port to pin' });
  await field.fill('22');
  await field.press('Enter');
  await expect(page.getByText('with a port from 1024 to 65535')).toBeVisible();
  await field.fill('30022');
  await field.press('Enter');
  await expect(page.getByText('with a port from 1024 to 65535')).toHaveCount(0);
  await expect(doctor.diagnosis).toContainText('30022');
});
