import { expect, type Page } from '@playwright/test';
import axe from 'axe-core';

declare global {
  interface Window {
    axe?: typeof axe;
  }
}

const look = {
  // Rows are alike; looking at fifty of them takes most of a minute.
  context: { exclude: ['tbody tr:nth-child(n + 9)'] },
  options: {
    runOnly: { type: 'tag' as const, values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
    // What holds is not asked for: describing it takes longer than finding it.
    resultTypes: ['violations' as const],
  },
};

/**
 * What of the page at hand breaks a WCAG A or AA rule, in words.
 *
 * axe runs in the page itself, where it is put once per document. Playwright's wrapper of
 * axe opens another page for each result, because of frames that no script may look into;
 * that took five times as long as the looking. Ours have no frames.
 */
export async function broken(page: Page): Promise<string[]> {
  expect(page.frames(), 'a page without frames').toHaveLength(1);
  if (!(await page.evaluate(() => window.axe !== undefined))) await page.evaluate(axe.source);
  return page.evaluate(async ({ context, options }) => {
    if (!window.axe) throw new Error('axe is not in the page');
    // A colour on its way to another has the contrast of neither.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const ending = document.getAnimations().filter((a) => a.effect?.getComputedTiming().iterations !== Infinity);
    await Promise.allSettled(ending.map((a) => a.finished));
    const { violations } = await window.axe.run(context, options);
    return violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => n.target.join(' ')).join('\n  ')}`);
  }, look);
}
