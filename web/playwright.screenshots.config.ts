import { defineConfig } from '@playwright/test';
import { browser } from './playwright.config';

const screens = { grepInvert: /@print/ };

// Pictures of every page to look at: bin/demo exec -- npm --prefix web run screenshots
export default defineConfig({
  testDir: 'e2e',
  testMatch: 'screenshots.ts',
  outputDir: 'test-results',
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: browser,
  projects: [
    { name: 'light', ...screens, use: { viewport: { width: 1280, height: 860 }, colorScheme: 'light' } },
    { name: 'dark', ...screens, use: { viewport: { width: 1280, height: 860 }, colorScheme: 'dark' } },
    { name: 'phone', ...screens, use: { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true } },
    {
      name: 'phone-dark',
      ...screens,
      use: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true },
    },
    { name: 'print', grep: /@print/, use: { viewport: { width: 1280, height: 860 }, colorScheme: 'dark' } },
  ],
});
