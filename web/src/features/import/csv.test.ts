import { expect, it } from 'vitest';
import { csvCell, sampleCsv, toCsv } from './csv';

it.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['+15550100', "'+15550100"],
  ['@cmd', "'@cmd"],
  ['-2', "'-2"],
  ['=a,b', '"\'=a,b"'],
])('writes %j as %j', (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});

it('begins with the UTF-8 mark and ends its lines as Excel does', () => {
  expect(
    toCsv([
      ['a', 'b'],
      ['1', '2'],
    ]),
  ).toBe('\uFEFFa,b\r\n1,2\r\n');
});

it('offers only numbers that are kept free for examples', () => {
  const numbers = sampleCsv.match(/\d{3}-\d{3}-\d{4}/g) ?? [];
  expect(numbers).toHaveLength(5);
  for (const n of numbers) expect(n).toMatch(/^\d{3}-555-01\d\d$/);
});

it.each(['\n=1', ' =1', '\u00A0\u3000@a', '＝1', '－1', '\uFE62', '\u22121'])(
  'writes %j as text, like the server',
  (cell) => {
    expect(csvCell(cell).replace(/^"/, '').startsWith(`'${cell}`)).toBe(true);
  },
);
