import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach, expect, type MockInstance, vi } from 'vitest';

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 15_000 });

// What jsdom lacks and Mantine asks for.
Object.defineProperty(window, 'matchMedia', {
  writable: true,
  value: (query: string) => ({
    // An empty query always holds; Mantine uses it for "no breakpoint".
    matches: query === '',
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    addListener: () => undefined,
    removeListener: () => undefined,
    dispatchEvent: () => false,
  }),
});

class NoResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
window.ResizeObserver = NoResizeObserver;
window.HTMLElement.prototype.scrollIntoView = () => undefined;
window.scrollTo = () => undefined;
// Growing text areas measure again when a font has loaded.
Object.defineProperty(document, 'fonts', { value: new EventTarget() });

// React says what is wrong through console.error; a test that makes it speak has failed.
let spoken: MockInstance;
beforeEach(() => {
  spoken = vi.spyOn(console, 'error');
});

afterEach(() => {
  cleanup();
  expect(spoken.mock.calls).toEqual([]);
  spoken.mockRestore();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
