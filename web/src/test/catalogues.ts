type Node = string | boolean | ((...args: never[]) => unknown) | { [key: string]: Node };

/** What stands instead of the parameters of a text; the first kind that both languages take is used. */
const samples: unknown[][] = [
  [71, 72, 73, 74, 75],
  ['ada', 'bob', 'cleo', 'dan', 'eve'],
  [
    ['ada', 'bob'],
    ['cleo', 'dan'],
  ],
];

/**
 * What is wrong with a translation, a line per text: keys that one language
 * lacks, texts of another kind or with other parameters, empty texts, and
 * texts that were not translated. `same` names those that may be alike.
 */
export function compare(original: unknown, translation: unknown, same: readonly string[] = []): string[] {
  const wrong: string[] = [];
  walk(original as Node, translation as Node, '', (path, what) => {
    if (what !== ALIKE || !same.includes(path)) wrong.push(`${path}: ${what}`);
  });
  return wrong;
}

const ALIKE = 'is not translated';

type Report = (path: string, what: string) => void;

function walk(a: Node | undefined, b: Node | undefined, path: string, report: Report): void {
  if (a === undefined || b === undefined) {
    report(path, a === undefined ? 'only in the translation' : 'is missing');
  } else if (typeof a !== typeof b) {
    report(path, `is a ${typeof b} instead of a ${typeof a}`);
  } else if (typeof a === 'function' && typeof b === 'function') {
    functions(a, b, path, report);
  } else if (typeof a === 'object' && typeof b === 'object') {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      walk(a[key], b[key], path ? `${path}.${key}` : key, report);
    }
  } else if (typeof a === 'string') {
    texts(a, b, path, report);
  } else if (a !== b) {
    report(path, `is ${b} instead of ${a}`);
  }
}

function texts(a: unknown, b: unknown, path: string, report: Report): void {
  if (!isText(a) || !isText(b)) report(path, 'is empty or no text');
  else if (a === b) report(path, ALIKE);
}

const isText = (s: unknown): s is string => typeof s === 'string' && s.trim() !== '';

function functions(a: (...args: never[]) => unknown, b: (...args: never[]) => unknown, path: string, report: Report) {
  if (a.length !== b.length) return report(path, `takes ${b.length} parameters instead of ${a.length}`);
  for (const sample of samples) {
    const args = sample.slice(0, a.length);
    const [original, translation] = [attempt(a, args), attempt(b, args)];
    if (original === undefined || translation === undefined) continue;
    texts(original, translation, path, report);
    for (const [i, arg] of args.entries()) {
      if (String(original).includes(String(arg)) && !String(translation).includes(String(arg))) {
        report(path, `does not say its parameter ${i + 1}`);
      }
    }
    return;
  }
  report(path, 'could not be called');
}

/** undefined where the text takes parameters of another kind. A text that is its parameter gives a number for one. */
function attempt(f: (...args: never[]) => unknown, args: unknown[]): unknown {
  try {
    const said = f(...(args as never[]));
    return typeof said === 'number' ? String(said) : said;
  } catch {
    return undefined;
  }
}
