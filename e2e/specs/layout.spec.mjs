// The page at the widths of telephones, tablets and desks, in both themes.
import { expect, test } from '../page.mjs';

const WIDTHS = [320, 360, 768, 1280, 1920];

for (const colorScheme of ['light', 'dark']) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    for (const width of WIDTHS) {
      test(`nothing is wider than ${width} px`, async ({ doctor, page }) => {
        await page.setViewportSize({ width, height: 900 });
        await expect(doctor.findings.first()).toBeVisible();
        for (const view of ['Changes', 'Side by side', 'Whole file']) {
          const radio = doctor.corrected
            .getByRole('group', { name: 'View' })
            .getByRole('radio', { name: view });
          // Side by side needs the width.
          if ((await radio.count()) > 0 && (await radio.isVisible())) await radio.check();
          expect(await tooWide(page), view).toEqual([]);
        }
      });
    }

    test('the theme follows the system, and the choice wins over it', async ({ doctor, page }) => {
      const other = colorScheme === 'dark' ? 'light' : 'dark';
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const own = await background();
      await doctor.theme.selectOption(other);
      await expect(page.locator('html')).toHaveAttribute('data-theme', other);
      await expect.poll(background).not.toBe(own);
      await doctor.theme.selectOption('auto');
      await expect.poll(background).toBe(own);
    });
  });
}

test('a long path and a long line break the layout nowhere', async ({ doctor, page }) => {
  const path = `/srv/${'a-directory-with-a-long-name/'.repeat(12)}end`;
  await page.setViewportSize({ width: 320, height: 900 });
  await doctor.pasteAnything(
    `services:\n  api:\n    image: api\n    environment:\n` +
      `      LIBVIRT_URI: qemu+ssh://dev@host.docker.internal:52136/system\n` +
      `    volumes:\n      - ${path}:${path}\n`,
  );
  await doctor.pasteAnything(`# ${'x'.repeat(4000)}\nmounts:\n- location: "~"\n`);
  await expect(doctor.summary).not.toBeEmpty();
  expect(await tooWide(page)).toEqual([]);
});

test('wide screens keep the inputs in view while the results scroll', async ({ doctor, page }) => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await doctor.script.scrollIntoViewIfNeeded();
  await expect(doctor.editor('lima.yaml')).toBeInViewport();
});

/** What reaches beyond the window's right edge without a scroll bar of its own. */
function tooWide(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const rows = [];
    if (document.documentElement.scrollWidth > width) {
      rows.push(`the page: ${document.documentElement.scrollWidth} px`);
    }
    for (const element of document.body.querySelectorAll('*')) {
      const { right, left } = element.getBoundingClientRect();
      if (right <= width + 1 || right === left || clipped(element)) continue;
      rows.push(`${element.tagName.toLowerCase()}.${element.className}: ${Math.round(right)} px`);
    }
    return rows.slice(0, 10);

    function clipped(element) {
      for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
        if (getComputedStyle(at).overflowX !== 'visible') return true;
      }
      return false;
    }
  });
}
