import { existsSync } from 'node:fs';
import { defineConfig, devices } from '@playwright/test';

// Debian's own Chromium where it is; elsewhere Playwright's. The shell is the same engine without
// the windows around it, which nobody sees and two cores feel.
const executablePath =
  process.env.CHROMIUM_PATH ??
  ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser'].find((p) => existsSync(p));

/** Shared by the tests and the pictures; both need a stack: `bin/demo exec -- npm run e2e`. */
export const browser = {
  baseURL: process.env.CALLSHU_URL,
  locale: 'en-CA',
  // Not the zone of the sample's employer: a page that forgets the zone shows it.
  timezoneId: 'Europe/Berlin',
  // Half-faded text has no contrast, and whether one sees it is a matter of milliseconds.
  contextOptions: { reducedMotion: 'reduce' as const },
  launchOptions: {
    ...(executablePath ? { executablePath } : {}),
    chromiumSandbox: process.getuid?.() !== 0,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  },
};

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results',
  // One stack, one history: tests that change it run one after the other.
  workers: 1,
  retries: 0,
  // A busy machine is slow, not wrong.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  // An action waits as long as an expectation: a page that never gets ready names the step.
  // A trace keeps every state of every page, which takes longer than the tests; who hunts a
  // failure asks for it: bin/demo exec -- npm --prefix web run e2e -- --trace retain-on-failure
  use: { ...browser, actionTimeout: 60_000, trace: 'off', screenshot: 'only-on-failure' },
  projects: [
    { name: 'desktop', use: { ...devices['Desktop Chrome'], ...browser } },
    {
      name: 'phone',
      use: { ...devices['Pixel 7'], ...browser, viewport: { width: 390, height: 844 } },
      grep: /@phone/,
    },
  ],
});
