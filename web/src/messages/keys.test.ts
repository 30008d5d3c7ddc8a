import { describe, expect, it } from 'vitest';
import { compare } from '../test/catalogues';
import { en } from './en';
import { fr } from './fr';

/** Alike in both languages: names, signs, numbers, and words that French writes as English does. */
const same = [
  'common.appName',
  'common.number',
  'common.languages.en',
  'common.languages.fr',
  'common.none',
  'common.page',
  'public.landing.example.0.who',
  'public.landing.example.1.who',
  'public.landing.example.2.who',
  'public.landing.example.3.who',
  'public.landing.example.4.who',
  'public.register.countries.CA',
  'home.title',
  'employees.channels.system',
  'campaigns.attention.groupOf',
  // Examples of what is written in one language and in the other.
  'composer.purposePlaceholders.en',
  'composer.purposePlaceholders.fr',
  'composer.answerPlaceholders.en',
  'composer.answerPlaceholders.fr',
  'composer.minutesInput',
  'audit.actorKinds.system',
  'operator.dialling.pauseWord',
];

describe('the French catalogue', () => {
  it('has every text of the English one, in French, and no other', () => {
    expect(compare(en, fr, same)).toEqual([]);
  });

  it('names no text as alike that is not', () => {
    const alike = compare(en, fr).map((line) => line.split(':')[0]);
    expect(same.filter((path) => !alike.includes(path))).toEqual([]);
  });
});

describe('the comparison', () => {
  const original = {
    title: 'Calls',
    list: ['one', 'two'],
    sent: (n: number, to: string) => `${n} sent to ${to}`,
  };
  const translation = {
    title: 'Appels',
    list: ['un', 'deux'],
    sent: (n: number, to: string) => `${n} envoyés à ${to}`,
  };

  it('finds nothing in a whole translation', () => {
    expect(compare(original, translation)).toEqual([]);
  });

  it.each([
    ['a missing key', { title: undefined }, 'title: is missing'],
    ['a missing text of a list', { list: ['un'] }, 'list.1: is missing'],
    ['a key too many', { more: 'Plus' }, 'more: only in the translation'],
    ['an empty text', { title: ' ' }, 'title: is empty or no text'],
    ['an untranslated text', { title: 'Calls' }, 'title: is not translated'],
    ['an untranslated function', { sent: original.sent }, 'sent: is not translated'],
    ['a text of another kind', { title: () => 'Appels' }, 'title: is a function instead of a string'],
    ['another number of parameters', { sent: (n: number) => `${n} envoyés` }, 'sent: takes 1 parameters instead of 2'],
    [
      'a forgotten parameter',
      { sent: (n: number, _to: string) => `${n} envoyés` },
      'sent: does not say its parameter 2',
    ],
    ['an empty answer', { sent: (_n: number, _to: string) => '' }, 'sent: is empty or no text'],
  ])('finds %s', (_, change, line) => {
    expect(compare(original, { ...translation, ...change })).toContain(line);
  });
});
