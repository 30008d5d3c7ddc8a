import { defineConfig } from '@playwright/test';
import { browser } from './playwright.config';

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
    { name: 'light', use: { viewport: { width: 1280, height: 860 }, colorScheme: 'light' } },
    { name: 'dark', use: { viewport: { width: 1280, height: 860 }, colorScheme: 'dark' } },
    { name: 'phone', use: { viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true } },
    { name: 'phone-dark', use: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true } },
  ],
});
