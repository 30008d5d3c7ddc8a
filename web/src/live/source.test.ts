import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveSource, type LiveState } from './source';

class FakeEventSource extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static all: FakeEventSource[] = [];
  readyState = FakeEventSource.CONNECTING;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    FakeEventSource.all.push(this);
  }

  close() {
    this.readyState = FakeEventSource.CLOSED;
  }

  opens() {
    this.readyState = FakeEventSource.OPEN;
    this.onopen?.();
  }

  says(name: string, data: string) {
    this.dispatchEvent(new MessageEvent(name, { data }));
  }

  /** The connection broke: the browser tries again by itself. */
  breaks() {
    this.readyState = FakeEventSource.CONNECTING;
    this.onerror?.();
  }

  /** The server answered something else than 200: the browser gives up. */
  isRefused() {
    this.readyState = FakeEventSource.CLOSED;
    this.onerror?.();
  }
}

const newest = () => FakeEventSource.all.at(-1) as FakeEventSource;

describe('LiveSource', () => {
  let states: LiveState[];
  let events: [string, unknown][];
  let refusals: number;
  let live: LiveSource;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('EventSource', FakeEventSource);
    FakeEventSource.all = [];
    states = [];
    events = [];
    refusals = 0;
    live = new LiveSource('/events', ['snapshot', 'progress'], {
      onState: (s) => states.push(s),
      onEvent: (name, data) => events.push([name, data]),
      onRefused: () => {
        refusals += 1;
      },
    });
  });

  afterEach(() => live.close());

  it('hands over named events and drops what is no JSON', () => {
    newest().opens();
    newest().says('snapshot', '{"a":1}');
    newest().says('progress', '{broken');
    newest().says('other', '{"b":2}');
    newest().says('progress', '{"c":3}');
    expect(events).toEqual([
      ['snapshot', { a: 1 }],
      ['progress', { c: 3 }],
    ]);
    expect(states).toEqual(['connecting', 'live']);
  });

  it('leaves a broken connection to the browser', () => {
    newest().opens();
    newest().breaks();
    vi.advanceTimersByTime(60_000);
    expect(FakeEventSource.all).toHaveLength(1);
    expect(states.at(-1)).toBe('reconnecting');
    expect(refusals).toBe(0);
    newest().opens();
    expect(states.at(-1)).toBe('live');
  });

  it('tries again after a refusal, ever slower, and fast again once it was open', () => {
    newest().isRefused();
    expect(refusals).toBe(1);
    vi.advanceTimersByTime(999);
    expect(FakeEventSource.all).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeEventSource.all).toHaveLength(2);
    newest().isRefused();
    vi.advanceTimersByTime(1_999);
    expect(FakeEventSource.all).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(FakeEventSource.all).toHaveLength(3);
    newest().opens();
    newest().isRefused();
    vi.advanceTimersByTime(1_000);
    expect(FakeEventSource.all).toHaveLength(4);
  });

  it('never waits longer than fifteen seconds', () => {
    for (let i = 0; i < 10; i += 1) {
      newest().isRefused();
      vi.advanceTimersByTime(15_000);
    }
    expect(FakeEventSource.all).toHaveLength(11);
  });

  it('stays closed once closed', () => {
    newest().isRefused();
    live.close();
    vi.advanceTimersByTime(60_000);
    newest().breaks();
    expect(FakeEventSource.all).toHaveLength(1);
    expect(states.at(-1)).toBe('closed');
  });
});
