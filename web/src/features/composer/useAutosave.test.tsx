import { act, renderHook } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { saveState, useAutosave } from './useAutosave';

describe('saveState', () => {
  const last = { saved: 'a', failed: 'b' };
  it.each([
    ['a', true, false, 'saved'],
    ['b', true, false, 'failed'],
    ['c', true, false, 'unsaved'],
    ['c', false, false, 'incomplete'],
    ['c', true, true, 'saving'],
  ] as const)('content %s, complete %s, busy %s: %s', (content, complete, busy, word) => {
    expect(saveState(content, complete, last, busy)).toBe(word);
  });
});

describe('useAutosave', () => {
  beforeEach(() => vi.useFakeTimers());

  function setup(complete = true) {
    const requests: { resolve: () => void; reject: () => void }[] = [];
    const save = () =>
      new Promise<void>((resolve, reject) => requests.push({ resolve, reject: () => reject(new Error()) }));
    const hook = renderHook(({ content }) => useAutosave(content, complete, '', save), {
      initialProps: { content: '' },
    });
    const type = async (content: string, wait = 700) => {
      hook.rerender({ content });
      await act(() => vi.advanceTimersByTimeAsync(wait));
    };
    return { hook, requests, type };
  }

  it('saves once after a pause in typing', async () => {
    const { hook, requests, type } = setup();
    await type('a', 300);
    await type('ab', 300);
    expect(requests).toHaveLength(0);
    await type('abc');
    expect(requests).toHaveLength(1);
    expect(hook.result.current.state).toBe('saving');
    await act(async () => requests[0]?.resolve());
    expect(hook.result.current).toMatchObject({ state: 'saved', dirty: false });
  });

  it('saves what was typed during a save after it, never beside it', async () => {
    const { hook, requests, type } = setup();
    await type('a');
    await type('ab');
    expect(requests).toHaveLength(1);
    await act(async () => requests[0]?.resolve());
    expect(requests).toHaveLength(2);
    await act(async () => requests[1]?.resolve());
    expect(hook.result.current.state).toBe('saved');
  });

  it('does not send a refused draft again until it is changed or asked to', async () => {
    const { hook, requests, type } = setup();
    await type('a');
    await act(async () => requests[0]?.reject());
    await act(() => vi.advanceTimersByTimeAsync(60_000));
    expect(requests).toHaveLength(1);
    expect(hook.result.current).toMatchObject({ state: 'failed', dirty: true });
    await act(async () => hook.result.current.retry());
    expect(requests).toHaveLength(2);
  });

  it('keeps an incomplete draft to itself', async () => {
    const { hook, requests, type } = setup(false);
    await type('a', 60_000);
    expect(requests).toHaveLength(0);
    expect(hook.result.current).toMatchObject({ state: 'incomplete', dirty: true });
  });
});
