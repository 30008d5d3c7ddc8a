import type { Audience, Campaign, CampaignInput, Choice, Content, Language } from '../../api/types';

/** What the composer holds: the shape of the API, so that its errors find their fields. */
export interface Draft extends Record<string, unknown> {
  name: string;
  content: {
    purpose: Partial<Record<Language, string>>;
    language_default: Language;
    texts: Partial<Record<Language, { message: string; voicemail: string }>>;
    voice: 'female' | 'male';
    choices: { key: number; label: Partial<Record<Language, string>>; needs_help?: boolean }[];
    voicemail: 'leave' | 'hang_up' | 'no_answer';
  };
  audience: { kind: Audience['kind']; tags: string[]; employee_ids: string[] };
  later: boolean;
  /** YYYY-MM-DD and HH:MM, wall time in start_zone. */
  start_date: string;
  start_time: string;
  start_zone: string;
  /** Whether there is a deadline: no call starts after until_date, until_time, also in start_zone. */
  until: boolean;
  until_date: string;
  until_time: string;
  max_attempts: number;
  retry_minutes: number;
}

export const LANGUAGES: readonly Language[] = ['en', 'fr'];
export const KEYS = [1, 2, 3, 4, 5, 6, 7] as const;
/** Limits of the API, said while typing. */
export const MAX_MESSAGE = 1500;
export const MAX_PURPOSE = 80;
export const MAX_LABEL = 60;

/** A new draft, for people picked elsewhere, or with the words of a saved message. */
export function emptyDraft(zone: string, employeeIds: string[] = [], message?: Content): Draft {
  return {
    name: '',
    content: message
      ? wordsOf(message)
      : {
          purpose: { en: '' },
          language_default: 'en',
          texts: { en: { message: '', voicemail: '' } },
          voice: 'female',
          choices: [{ key: 1, label: { en: '' } }],
          voicemail: 'leave',
        },
    audience: { kind: employeeIds.length > 0 ? 'selection' : 'all', tags: [], employee_ids: employeeIds },
    later: false,
    start_date: '',
    start_time: '',
    start_zone: zone,
    until: false,
    until_date: '',
    until_time: '',
    max_attempts: 2,
    retry_minutes: 30,
  };
}

/** What is spoken and asked, as the composer holds it: of a campaign or of a saved message. */
export function wordsOf(content: Content): Draft['content'] {
  const texts: Draft['content']['texts'] = {};
  for (const language of LANGUAGES) {
    const text = content.texts[language];
    if (text) texts[language] = { message: text.message, voicemail: text.voicemail ?? '' };
  }
  return {
    purpose: { ...content.purpose },
    language_default: content.language_default as Language,
    texts,
    voice: content.voice as Draft['content']['voice'],
    choices: content.choices.map((choice) => ({
      key: choice.key,
      label: { ...choice.label },
      ...(choice.needs_help ? { needs_help: true } : {}),
    })),
    voicemail: content.voicemail as Draft['content']['voicemail'],
  };
}

export function draftOf(c: Campaign, zone: string): Draft {
  const [date = '', time = ''] = c.start_wall.split('T');
  const [untilDate = '', untilTime = ''] = c.dial_until_wall.split('T');
  return {
    name: c.name,
    content: wordsOf(c.content),
    audience: {
      kind: c.audience.kind,
      tags: c.audience.tags ?? [],
      employee_ids: c.audience.employee_ids ?? [],
    },
    later: c.start_wall !== '',
    start_date: date,
    start_time: time,
    start_zone: c.start_zone || zone,
    until: c.dial_until_wall !== '',
    until_date: untilDate,
    until_time: untilTime,
    max_attempts: c.max_attempts,
    retry_minutes: c.retry_minutes,
  };
}

/** The words as the API takes them: only the languages written. */
export function contentInput(d: Draft): CampaignInput['content'] {
  const written = writtenLanguages(d);
  const only = <T>(record: Partial<Record<Language, T>>) =>
    Object.fromEntries(written.flatMap((l) => (record[l] === undefined ? [] : [[l, record[l]]]))) as Record<string, T>;
  const choices: Choice[] = d.content.choices.map((c) => ({
    key: c.key,
    label: only(c.label),
    ...(c.needs_help ? { needs_help: true } : {}),
  }));
  return {
    purpose: only(d.content.purpose),
    language_default: d.content.language_default,
    texts: only(d.content.texts),
    voice: d.content.voice,
    choices,
    voicemail: d.content.voicemail,
  };
}

/** The draft as the API takes it: only the audience chosen. */
export function inputOf(d: Draft): CampaignInput {
  return {
    name: d.name,
    content: contentInput(d),
    audience: {
      kind: d.audience.kind,
      ...(d.audience.kind === 'tags' ? { tags: d.audience.tags } : {}),
      ...(d.audience.kind === 'selection' ? { employee_ids: d.audience.employee_ids } : {}),
    },
    ...(d.later ? { start_wall: `${d.start_date}T${d.start_time}` } : {}),
    ...(d.until ? { dial_until_wall: `${d.until_date}T${d.until_time}` } : {}),
    ...(d.later || d.until ? { start_zone: d.start_zone } : {}),
    max_attempts: d.max_attempts,
    retry_minutes: d.retry_minutes,
  };
}

export function writtenLanguages(d: Draft): Language[] {
  return LANGUAGES.filter((l) => d.content.texts[l] !== undefined);
}

/** The sentences that tell what is still missing. */
export interface Needed {
  name: string;
  purpose: string;
  message: string;
  answer: string;
  tags: string;
  selection: string;
  date: string;
  time: string;
  zone: string;
}

/** What is missing before the draft can be saved and planned, by form path. */
export function missing(d: Draft, needed: Needed): Record<string, string> {
  const wrong: Record<string, string> = {};
  const need = (path: string, value: string | undefined, text: string) => {
    if (!value?.trim()) wrong[path] = text;
  };
  need('name', d.name, needed.name);
  for (const l of writtenLanguages(d)) {
    need(`content.purpose.${l}`, d.content.purpose[l], needed.purpose);
    need(`content.texts.${l}.message`, d.content.texts[l]?.message, needed.message);
    d.content.choices.forEach((c, i) => {
      need(`content.choices.${i}.label.${l}`, c.label[l], needed.answer);
    });
  }
  if (d.audience.kind === 'tags' && d.audience.tags.length === 0) wrong['audience.tags'] = needed.tags;
  if (d.audience.kind === 'selection' && d.audience.employee_ids.length === 0) {
    wrong['audience.employee_ids'] = needed.selection;
  }
  if (d.later) {
    need('start_date', d.start_date, needed.date);
    need('start_time', d.start_time, needed.time);
  }
  if (d.until) {
    need('until_date', d.until_date, needed.date);
    need('until_time', d.until_time, needed.time);
  }
  if (d.later || d.until) need('start_zone', d.start_zone, needed.zone);
  return wrong;
}

/** The lowest key that is still free, or undefined when all seven are taken. */
export function freeKey(choices: { key: number }[]): number | undefined {
  return KEYS.find((k) => !choices.some((c) => c.key === k));
}

/** Puts a piece of text where the cursor stands, and says where the cursor goes. */
export function insertAt(text: string, piece: string, from: number, to: number): { text: string; cursor: number } {
  return { text: text.slice(0, from) + piece + text.slice(to), cursor: from + piece.length };
}
