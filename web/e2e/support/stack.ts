import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';

interface Login {
  name?: string;
  legal_name?: string;
  email: string;
  password: string;
  phone?: string;
  totp_secret?: string;
}

/** What `bin/demo exec` tells about the stack it has started. */
export interface Stack {
  url: string;
  sim_url: string;
  mail_url: string;
  employer: Login;
  /** A second owner of the employer. */
  colleague: Login;
  operator: Login;
  pending: Login;
  ready_campaign_id: string;
  finished_campaign_id: string;
}

const file = process.env.CALLSHU_DEMO_JSON;
if (!file) throw new Error('Run through the demo: bin/demo exec -- npm --prefix web run e2e');
export const stack: Stack = JSON.parse(readFileSync(file, 'utf8'));

async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(url, { ...init, headers: { 'Content-Type': 'application/json' } });
  if (!answer.ok) throw new Error(`${init?.method ?? 'GET'} ${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

interface Mail {
  to: string[];
  subject: string;
  text: string;
}

/** Waits for a mail to an address whose text holds a link to a page of ours, and returns its path with the token. */
export async function mailedLink(to: string, page: string): Promise<string> {
  const pattern = new RegExp(`${stack.url}${page}#token=[\\w.~-]+`);
  let link: string | undefined;
  await expect
    .poll(
      async () => {
        const mails = await json<Mail[]>(`${stack.mail_url}/api/messages`);
        link = mails.filter((m) => m.to.includes(to)).flatMap((m) => pattern.exec(m.text) ?? [])[0];
        return link;
      },
      { message: `a mail to ${to} with a link to ${page}`, timeout: 30_000 },
    )
    .toBeTruthy();
  return (link as string).slice(stack.url.length);
}

/** Waits for a mail to an address with some words in its subject. */
export async function mailed(to: string, subject: RegExp): Promise<void> {
  await expect
    .poll(
      async () =>
        (await json<Mail[]>(`${stack.mail_url}/api/messages`)).some(
          (m) => m.to.includes(to) && subject.test(m.subject),
        ),
      {
        message: `a mail to ${to} about ${subject}`,
        timeout: 30_000,
      },
    )
    .toBe(true);
}

interface Line {
  kind: string;
  text: string;
}

interface PhoneView {
  state: 'idle' | 'dialling' | 'ringing' | 'talking';
  /** The newest first. */
  calls: { lines: Line[]; keys: string; ended?: string; status: string }[];
  /** `number` is the employer's; `out` was written by the phone's owner. */
  thread: { number: string; body: string; out: boolean }[];
}

/** A simulated telephone in the hand of the test. */
export class Phone {
  private readonly path: string;

  constructor(readonly number: string) {
    this.path = `${stack.sim_url}/_sim/phones/${encodeURIComponent(number)}`;
  }

  /** Leaves the phone to the test: it rings until somebody acts. */
  inHand(): Promise<this> {
    return this.isOf('hand');
  }

  /** Gives the phone to somebody of the simulator's table, or to somebody who does what is written. */
  async isOf(owner: string | object): Promise<this> {
    const body = typeof owner === 'string' ? { persona: owner } : { script: owner };
    await json(this.path, { method: 'PUT', body: JSON.stringify(body) });
    return this;
  }

  view(): Promise<PhoneView> {
    return json(this.path);
  }

  private act(what: string, body?: unknown): Promise<unknown> {
    return json(`${this.path}/${what}`, { method: 'POST', body: body ? JSON.stringify(body) : undefined });
  }

  async rings(): Promise<void> {
    await expect
      .poll(async () => (await this.view()).state, { message: `${this.number} to ring`, timeout: 60_000 })
      .toBe('ringing');
  }

  answer(): Promise<unknown> {
    return this.act('answer');
  }

  async hears(words: string): Promise<void> {
    const said = async () => (await this.view()).calls[0]?.lines.map((l) => l.text).join(' ') ?? '';
    await expect.poll(said, { message: `${this.number} to hear “${words}”`, timeout: 60_000 }).toContain(words);
  }

  press(digits: string): Promise<unknown> {
    return this.act('press', { digits });
  }

  /** Texts back to whoever texted or called last. */
  async text(body: string): Promise<unknown> {
    const to = (await this.view()).thread.at(-1)?.number;
    if (!to) throw new Error(`${this.number} knows nobody to text to`);
    return this.act('sms', { to, body });
  }

  async isSilent(): Promise<void> {
    await expect
      .poll(async () => (await this.view()).state, { message: `${this.number} to be silent`, timeout: 30_000 })
      .toBe('idle');
  }

  async gets(pattern: RegExp): Promise<string> {
    let found = '';
    await expect
      .poll(
        async () => {
          found =
            (await this.view()).thread.flatMap((t) => (t.out ? [] : (pattern.exec(t.body)?.[0] ?? []))).at(-1) ?? '';
          return found;
        },
        { message: `${this.number} to get a text like ${pattern}`, timeout: 60_000 },
      )
      .not.toBe('');
    return found;
  }
}

/** Somebody who said yes texts words that no known word fits; returns them. */
export async function writes(page: Page, words: string, nth = 0): Promise<string> {
  const list = await page.request.get('/api/v1/employees?consent=opted_in&limit=10');
  const { items } = (await list.json()) as { items: { phone: string }[] };
  await new Phone(items[nth]?.phone ?? '').text(words);
  return words;
}

/** What a carrier's watchdog has to say about this run; a correct product leaves it empty. */
export function violations(): Promise<unknown[]> {
  return json(`${stack.sim_url}/_sim/violations`);
}

/** The code of an authenticator app for the half minute around an instant (RFC 6238). */
export function totp(secret: string, at = Date.now()): string {
  const bits = [...secret]
    .map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
