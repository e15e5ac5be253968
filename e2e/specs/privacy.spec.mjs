// What is pasted stays in the tab: nothing is sent, nothing is kept.
import { createServer } from 'node:net';
import { chromium } from '@playwright/test';
import { Doctor, expect, test } from '../page.mjs';

const SECRET = 'a-secret-that-nobody-else-may-see';
const ENV = `DATABASE_PASSWORD=${SECRET}\nLIBVIRT_URI=qemu+ssh://dev@host.docker.internal:52136/system\n`;

test('no request leaves this machine', async ({ baseURL, launchOptions }) => {
  const asked = [];
  const proxy = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (data) => {
      asked.push(data.toString('latin1').split('\r\n')[0]);
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
    });
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    ...launchOptions,
    proxy: { server: `http://127.0.0.1:${proxy.address().port}`, bypass: '127.0.0.1' },
  });
  try {
    const context = await browser.newContext({
      baseURL,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    const urls = [];
    page.on('request', (request) => urls.push(request.url()));
    const doctor = new Doctor(page);
    await doctor.open();
    const loaded = urls.length;
    await doctor.pasteAnything(ENV);
    await expect(await doctor.showInput('.env')).toHaveValue(ENV);
    await page.waitForTimeout(500);
    expect(asked, 'requests to other hosts').toEqual([]);
    expect(urls.slice(loaded), 'requests after the page was loaded').toEqual([]);

    // The proxy would have seen one: a page without the policy asks for another host.
    const control = await context.newPage();
    await control.goto('http://control.test/').catch(() => {});
    expect(asked).toEqual(['GET http://control.test/ HTTP/1.1']);
  } finally {
    await browser.close();
    proxy.close();
  }
});

test('the Content-Security-Policy allows this host and nothing inline', async ({ doctor, page }) => {
  await expect(doctor.summary).toBeVisible();
  const meta = page.locator('meta[http-equiv="Content-Security-Policy" i]');
  const policy = Object.fromEntries(
    (await meta.getAttribute('content'))
      .split(';')
      .map((directive) => directive.trim().split(/\s+/))
      .filter(([name]) => name)
      .map(([name, ...sources]) => [name, sources]),
  );
  expect(["'self'", "'none'"]).toContain(policy['default-src']?.join(' '));
  const allowed = new Set(["'self'", "'none'", "'wasm-unsafe-eval'", 'data:', 'blob:']);
  for (const [name, sources] of Object.entries(policy)) {
    expect(sources.filter((source) => !allowed.has(source)), name).toEqual([]);
  }
  for (const name of ['script-src', 'connect-src', 'style-src']) {
    expect(policy[name] ?? [], name).not.toContain('data:');
    expect(policy[name] ?? [], name).not.toContain('blob:');
  }
  expect(policy['base-uri'], 'base-uri').toBeDefined();
  expect(policy['form-action'], 'form-action').toEqual(["'none'"]);
});

test('the policy is enforced: the page itself cannot reach another host', async ({ page }) => {
  await new Doctor(page).open();
  const blocked = await page.evaluate(
    () =>
      new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) =>
          resolve(event.effectiveDirective),
        );
        const image = new Image();
        image.src = 'http://other.test/pixel.png';
        document.body.append(image);
      }),
  );
  expect(blocked).toBe('img-src');
});

test('nothing pasted is kept by the browser or shown in the address', async ({ doctor, page }) => {
  await doctor.pasteAnything(ENV);
  await expect(await doctor.showInput('.env')).toHaveValue(ENV);
  const kept = await page.evaluate(async () => ({
    local: JSON.stringify({ ...localStorage }),
    session: JSON.stringify({ ...sessionStorage }),
    databases: (await indexedDB.databases()).length,
    cookie: document.cookie,
    address: location.href,
    history: JSON.stringify(history.state),
  }));
  expect(JSON.stringify(kept)).not.toContain(SECRET);
  expect(kept.databases).toBe(0);
  expect(kept.cookie).toBe('');

  await page.reload();
  await expect(doctor.exampleNote).toBeVisible();
  expect(await page.content()).not.toContain(SECRET);
});

test('with the network off the open page goes on working', async ({ doctor, context }) => {
  await context.setOffline(true);
  await doctor.pasteAnything(ENV);
  await expect(await doctor.showInput('.env')).toHaveValue(ENV);
  await expect(doctor.summary).not.toBeEmpty();
});
