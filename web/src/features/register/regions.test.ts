import { expect, it } from 'vitest';
import { regions } from './regions';

it.each(['CA', 'US'] as const)('offers the same regions of %s in both languages, in order', (country) => {
  const [english, french] = [regions(country, 'en'), regions(country, 'fr')];
  expect(french.map((r) => r.value).sort()).toEqual(english.map((r) => r.value).sort());
  const labels = french.map((r) => r.label);
  expect(labels).toEqual([...labels].sort((a, b) => a.localeCompare(b, 'fr-CA')));
  expect(english).toHaveLength(country === 'CA' ? 13 : 52);
});
