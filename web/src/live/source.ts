/** How the page stands with its stream. */
export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'closed';

export interface LiveHandlers {
  onState: (state: LiveState) => void;
  /** Named events with their parsed JSON; malformed data is dropped, the next snapshot heals it. */
  onEvent: (name: string, data: unknown) => void;
  /** The server refused the stream outright: the caller finds out why (session ended, campaign gone). */
  onRefused: () => void;
}

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 15_000;

/**
 * A server-sent event stream that keeps itself open. Browsers reconnect after a
 * broken connection, but give up for good on any answer but 200 (a restarting
 * server behind a proxy gives 502), so that case is retried here, ever slower.
 */
export class LiveSource {
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wait = FIRST_WAIT;
  private closed = false;
  private readonly url: string;
  private readonly names: readonly string[];
  private readonly handlers: LiveHandlers;

  constructor(url: string, names: readonly string[], handlers: LiveHandlers) {
    this.url = url;
    this.names = names;
    this.handlers = handlers;
    handlers.onState('connecting');
    this.open();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.source?.close();
    this.handlers.onState('closed');
  }

  private open(): void {
    const source = new EventSource(this.url);
    this.source = source;
    source.onopen = () => {
      this.wait = FIRST_WAIT;
      this.handlers.onState('live');
    };
    for (const name of this.names) {
      source.addEventListener(name, (e) => this.deliver(name, (e as MessageEvent<string>).data));
    }
    source.onerror = () => this.failed(source);
  }

  private deliver(name: string, raw: string): void {
    let data: unknown;
    try {
      data = JSON.parse(raw);
    } catch {
      return;
    }
    this.handlers.onEvent(name, data);
  }

  private failed(source: EventSource): void {
    if (this.closed) return;
    this.handlers.onState('reconnecting');
    if (source.readyState !== EventSource.CLOSED) return;
    this.handlers.onRefused();
    this.timer = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }
}
