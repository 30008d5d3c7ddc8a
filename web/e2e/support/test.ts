import { existsSync, rmSync } from 'node:fs';
import { type Browser, type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { broken } from './axe';
import { stack, totp } from './stack';

interface Fixtures {
  /** Fails the test when the page at hand breaks a WCAG A or AA rule. */
  axe: (page: Page, what: string) => Promise<void>;
  /**
   * Does so on a desk and on a phone 390 px wide, in light and in dark, and fails
   * as well when the page is wider than its screen.
   */
  looks: (page: Page, what: string) => Promise<void>;
  /** A page on which the sample's employer is signed in. */
  employer: Page;
  /** A page on which a second owner of the same company is signed in. */
  colleague: Page;
  /** A page on which somebody is signed in whose application is under review. */
  applicant: Page;
  /** A page on which the sample's operator is signed in. */
  operator: Page;
  /** Watches every page of every context of the test; automatic. */
  watched: (context: BrowserContext) => void;
}

const desk = { width: 1280, height: 860 };
const handset = { width: 390, height: 844 };

// A refused request shows as a console error of the browser; the page's own
// words about it are what the tests look at. Anything of 500 and above fails.
const refusedRequest = /^Failed to load resource: the server responded with a status of 4\d\d/;
// The stream of a live page ends when the test leaves it.
const cutStream = /^Failed to load resource: net::ERR_(INCOMPLETE_CHUNKED_ENCODING|CONNECTION_)/;

export const test = base.extend<Fixtures>({
  // Each test is somebody at a place of their own: the limits of an address are
  // for one office, not for all tests at once.
  extraHTTPHeaders: async ({ extraHTTPHeaders }, use, info) => {
    await use({ ...extraHTTPHeaders, 'X-Forwarded-For': `198.51.100.${placeOf(info.testId)}` });
  },

  watched: [
    async ({ context }, use) => {
      const troubles: string[] = [];
      const watch = (c: BrowserContext) => {
        c.on('console', (message) => {
          const text = message.text();
          if (message.type() === 'error' && !refusedRequest.test(text) && !cutStream.test(text)) troubles.push(text);
        });
        c.on('weberror', (e) => troubles.push(String(e.error())));
        c.on('response', (r) => {
          if (r.status() >= 500) troubles.push(`${r.status()} ${r.request().method()} ${r.url()}`);
        });
      };
      watch(context);
      await use(watch);
      expect(troubles, 'policy violations, console errors, page errors and 5xx answers').toEqual([]);
    },
    { auto: true },
  ],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures it gives from this pattern
  axe: async ({}, use) => {
    await use(async (page, what) => {
      await still(page);
      expect(await broken(page), `accessibility of ${what}`).toEqual([]);
    });
  },

  looks: async ({ axe }, use) => {
    await use(async (page, what) => {
      const before = page.viewportSize() ?? desk;
      for (const screen of [desk, handset]) {
        await page.setViewportSize(screen);
        await still(page);
        await fits(page);
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          await axe(page, `${what}, ${screen.width} px, ${colorScheme}`);
        }
      }
      await page.emulateMedia({ colorScheme: null });
      await page.setViewportSize(before);
    });
  },

  employer: async ({ browser, watched }, use) => {
    await use(await signedIn(browser, watched, 'employer', signInAs(stack.employer)));
  },

  colleague: async ({ browser, watched }, use) => {
    await use(await signedIn(browser, watched, 'colleague', signInAs(stack.colleague)));
  },

  applicant: async ({ browser, watched }, use) => {
    await use(await signedIn(browser, watched, 'applicant', signInAs(stack.pending)));
  },

  operator: async ({ browser, watched }, use) => {
    await use(await signedIn(browser, watched, 'operator', signInOperator));
  },
});

/** A number from 1 to 254 for a test. */
function placeOf(testId: string): number {
  return 1 + ([...testId].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) >>> 0, 7) % 254);
}

type Who = 'employer' | 'colleague' | 'applicant' | 'operator';

const fileOf = (who: Who) => `${process.env.CALLSHU_DEMO_JSON}.${who}.json`;

/** After a test has ended a session, the next one signs in anew. */
export function forget(who: Who): void {
  rmSync(fileOf(who));
}

type SignIn = (page: Page) => Promise<void>;

/** A page with a session that was made once for all tests: signing in takes a second each time. */
async function signedIn(
  browser: Browser,
  watch: (context: BrowserContext) => void,
  who: Who,
  signIn: SignIn,
): Promise<Page> {
  const file = fileOf(who);
  if (!existsSync(file)) {
    const first = await browser.newContext();
    const page = await first.newPage();
    await signIn(page);
    await first.storageState({ path: file });
    await first.close();
  }
  const context = await browser.newContext({ storageState: file });
  watch(context);
  return context.newPage();
}

function signInAs(login: { email: string; password: string }): SignIn {
  return async (page) => {
    await page.goto('/login');
    await page.getByLabel('E-mail').fill(login.email);
    await page.getByLabel('Password', { exact: true }).fill(login.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(page).not.toHaveURL(/\/login/);
  };
}

async function signInOperator(page: Page): Promise<void> {
  await page.goto('/operator/login');
  await page.getByLabel('E-mail').fill(stack.operator.email);
  await page.getByLabel('Password', { exact: true }).fill(stack.operator.password);
  await page.getByLabel('Code of your authenticator app').fill(totp(stack.operator.totp_secret ?? ''));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Applications' })).toBeVisible();
}

/** Waits until what slides to its place on another screen, or fades to another colour, has arrived, and what is being counted anew is counted. */
export async function still(page: Page): Promise<void> {
  await expect(page.locator('[aria-busy="true"]'), 'nothing is being counted').toHaveCount(0);
  await page.evaluate(async () => {
    // What begins with the next frame counts too.
    await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map((a) => a.finished));
  });
}

/** No page may be wider than its screen. */
export async function fits(page: Page): Promise<void> {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(beyond, 'pixels beyond the screen').toBeLessThanOrEqual(0);
}

export { expect };
