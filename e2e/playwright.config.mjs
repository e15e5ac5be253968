import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { defineConfig } from '@playwright/test';

/** The browser: `LIMA_DOCTOR_BROWSER`, a name or a path, or Debian's headless Chromium. */
function browser() {
  const name = process.env.LIMA_DOCTOR_BROWSER ?? 'chromium-headless-shell';
  if (isAbsolute(name)) return name;
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not here: look in the next directory.
    }
  }
  throw new Error(`${name} is not on PATH: run tools/setup test`);
}

export default defineConfig({
  testDir: 'specs',
  testMatch: '*.spec.mjs',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  reporter: 'list',
  webServer: {
    command: 'node serve.mjs ../dist',
    wait: { stdout: /on http:\/\/127\.0\.0\.1:(?<lima_doctor_port>\d+)/ },
  },
  use: {
    baseURL: `http://127.0.0.1:${process.env.LIMA_DOCTOR_PORT}`,
    launchOptions: { executablePath: browser() },
    locale: 'en-GB',
    permissions: ['clipboard-read', 'clipboard-write'],
    trace: 'retain-on-failure',
    viewport: { width: 1280, height: 900 },
  },
});
