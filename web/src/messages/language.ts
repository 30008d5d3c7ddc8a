import type { Messages } from './context';
import { en } from './en';

export type Language = 'en' | 'fr';

const KEPT = 'callshu-language';

const isOurs = (tag: string | null | undefined): tag is Language => tag === 'en' || tag === 'fr';

/** What was used last in this browser, else the first of the browser's languages that is ours, else English. */
export function firstLanguage(): Language {
  return kept() ?? navigator.languages.map((tag) => tag.split('-')[0]?.toLowerCase()).find(isOurs) ?? 'en';
}

function kept(): Language | null {
  try {
    const tag = localStorage.getItem(KEPT);
    return isOurs(tag) ? tag : null;
  } catch {
    // A browser may refuse to keep anything; the pages work without.
    return null;
  }
}

export function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // As above.
  }
}

/** English is always there; French is fetched when somebody reads it. */
export async function loadMessages(language: Language): Promise<Messages> {
  return language === 'fr' ? (await import('./fr')).fr : en;
}
