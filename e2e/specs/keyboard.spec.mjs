// Everything can be reached and left with the keyboard alone.
import { expect, test } from '../page.mjs';

/** What has the focus, as `role name`, roughly: enough to tell the stops of the Tab key apart. */
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return '';
    const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent;
    return `${element.tagName.toLowerCase()} ${(label ?? element.textContent).trim()}`;
  });
}

test('Tab goes through the whole page and is caught nowhere', async ({ doctor, page }) => {
  const stops = [];
  for (let presses = 0; presses < 300; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await focused(page);
    if (stop === '') break;
    stops.push(stop);
  }
  expect(stops.length, 'the last stop was left').toBeLessThan(300);
  for (const wanted of [/Examples/, /Paste anything/, /lima\.yaml/, /Copy script/, /apply\.sh/]) {
    expect(stops, `${wanted}`).toContainEqual(expect.stringMatching(wanted));
  }
  await expect(doctor.summary).toBeVisible();
});

test('the focus can be seen wherever it goes', async ({ doctor, page }) => {
  await expect(doctor.summary).toBeVisible();
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    const unseen = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      // Radio buttons, file inputs and the like may show it on what surrounds them.
      for (let at = element; at && at !== document.body; at = at.parentElement) {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
        if (outlineStyle !== 'none' && outlineWidth !== '0px') return null;
        if (boxShadow !== 'none' && at.matches(':focus, :focus-within')) return null;
      }
      return element.outerHTML.slice(0, 120);
    });
    expect(unseen).toBeNull();
  }
});

test('arrow keys, Home and End move between the inputs', async ({ doctor, page }) => {
  const tabs = doctor.inputs.getByRole('tab');
  const count = await tabs.count();
  await tabs.first().click();
  await page.keyboard.press('ArrowRight');
  await expect(tabs.nth(1)).toBeFocused();
  await expect(tabs.nth(1)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('End');
  await expect(tabs.nth(count - 1)).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(tabs.first()).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(tabs.nth(count - 1)).toBeFocused();
  await page.keyboard.press('Home');
  await expect(tabs.first()).toBeFocused();
});

test('Enter jumps from evidence to the line, Escape goes back', async ({ doctor, page }) => {
  const link = doctor.evidence(doctor.findings.first()).first();
  await link.focus();
  await page.keyboard.press('Enter');
  await expect(link).not.toBeFocused();
  expect(await doctor.selection()).not.toBe('');
  await page.keyboard.press('Escape');
  await expect(link).toBeFocused();
});

test('the Tab key leaves an editor and changes no text', async ({ doctor, page }) => {
  const editor = await doctor.showInput('lima.yaml');
  const text = await editor.inputValue();
  await editor.focus();
  await page.keyboard.press('Tab');
  await expect(editor).not.toBeFocused();
  await expect(editor).toHaveValue(text);
});

test('the examples open, and close with Escape', async ({ doctor, page }) => {
  const button = page.getByRole('banner').getByRole('button', { name: 'Examples' });
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Examples' });
  await expect(dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
  await expect(doctor.summary).toBeVisible();
});

test('a paste outside of any text field is taken', async ({ doctor, page }) => {
  await doctor.clearAll();
  await page.evaluate(() => document.activeElement?.blur());
  await doctor.pasteText('minimumLimaVersion: 1.0.0\nmounts:\n- location: "~"\n');
  await expect(await doctor.showInput('lima.yaml')).toHaveValue(/location: "~"/);
});
