// Fails the build when a first visit would load more than 190 kB of compressed JavaScript.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 190;
const dist = new URL('../dist/', import.meta.url);
const html = readFileSync(new URL('index.html', dist), 'utf8');
const kb = (path) => gzipSync(readFileSync(new URL(path, dist)), { level: 9 }).length / 1024;

// The landing page is what a first visitor sees: the entry, what it preloads, and the page's own chunk.
const initial = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((m) => m[1]);
const assets = readdirSync(new URL('assets/', dist));
const landing = assets.filter((f) => /^(LandingPage|PublicShell)-.*\.js$/.test(f)).map((f) => `assets/${f}`);
const seen = new Set();
const visit = (path) => {
  if (seen.has(path)) return;
  seen.add(path);
  const code = readFileSync(new URL(path, dist), 'utf8');
  for (const m of code.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) visit(`assets/${m[1]}`);
};
[...initial, ...landing].forEach(visit);

const total = [...seen].reduce((sum, path) => sum + kb(path), 0);
process.stdout.write(
  `first visit: ${total.toFixed(1)} kB of JavaScript, gzip, in ${seen.size} files (limit ${LIMIT_KB})\n`,
);
if (total > LIMIT_KB) process.exit(1);
