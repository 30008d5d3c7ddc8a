import { afterEach, expect, it, vi } from 'vitest';
import { printInLight } from './printInLight';

const scheme = () => document.documentElement.getAttribute('data-mantine-color-scheme');

afterEach(() => vi.unstubAllGlobals());

it('prints a dark page in light colours and gives the screen its own back', () => {
  const paper = Object.assign(new EventTarget(), { matches: false });
  vi.stubGlobal('matchMedia', () => paper);
  const stop = printInLight();
  document.documentElement.setAttribute('data-mantine-color-scheme', 'dark');
  // Some browsers tell by the event, some by the medium, some by both.
  for (const [begin, end] of [
    [() => dispatchEvent(new Event('beforeprint')), () => dispatchEvent(new Event('afterprint'))],
    [
      () => {
        paper.matches = true;
        paper.dispatchEvent(new Event('change'));
        dispatchEvent(new Event('beforeprint'));
      },
      () => {
        paper.matches = false;
        paper.dispatchEvent(new Event('change'));
        dispatchEvent(new Event('afterprint'));
      },
    ],
  ] as const) {
    begin();
    expect(scheme()).toBe('light');
    end();
    expect(scheme()).toBe('dark');
  }
  stop();
  dispatchEvent(new Event('beforeprint'));
  expect(scheme()).toBe('dark');
});
