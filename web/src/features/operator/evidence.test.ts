import { expect, it } from 'vitest';
import { sameDomain } from './evidence';

it.each([
  ['jo@acme.example', 'https://acme.example', true],
  ['jo@acme.example', 'https://www.acme.example/about', true],
  ['jo@mail.acme.example', 'https://www.acme.example', true],
  ['jo@acme.example', 'shop.acme.example', true],
  ['jo@ACME.example', 'HTTPS://ACME.EXAMPLE:8443', true],
  ['jo@gmail.com', 'https://acme.example', false],
  ['jo@notacme.example', 'https://acme.example', false],
  ['jo@acme.example.evil.example', 'https://acme.example', false],
  ['jo@acme.example', 'https://acme.example.evil.example', false],
  ['', '', false],
])('%s and %s: %s', (email, website, same) => {
  expect(sameDomain(email, website)).toBe(same);
});
