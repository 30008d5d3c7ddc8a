// Writes src/api/schema.d.ts from docs/openapi.json; with --check it only says whether they agree.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../../docs/openapi.json', import.meta.url);
const target = new URL('../src/api/schema.d.ts', import.meta.url);

const head = '// Generated from docs/openapi.json by `npm run api`. Do not edit.\n\n';
const wanted = head + astToString(await openapiTS(source));

if (process.argv.includes('--check')) {
  const current = await readFile(target, 'utf8').catch(() => '');
  if (current !== wanted) {
    process.stderr.write('src/api/schema.d.ts does not match docs/openapi.json: run `npm run api`\n');
    process.exit(1);
  }
} else {
  await writeFile(target, wanted);
}
