/** One wrong input, as the server names it: location "body.phone", and a sentence. */
export interface FieldProblem {
  location?: string;
  message?: string;
  code?: string;
}

/** A refusal as the API gives it (RFC 9457), or one made here when no answer came. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  errors: FieldProblem[];
  /** Seconds to wait, where the server said so. */
  retryAfter?: number;
}

/** Codes given here, not by the server. */
export const OFFLINE = 'offline';
export const UNEXPECTED = 'unexpected';

/** What queries and mutations throw. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail || problem.title || problem.code);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** What is thrown when no answer came at all. */
export function offline(): ProblemError {
  return new ProblemError({ status: 0, code: OFFLINE, title: '', detail: '', errors: [] });
}

/** Reads any thrown value as a Problem; never throws itself. */
export function toProblem(thrown: unknown): Problem {
  return thrown instanceof ProblemError ? thrown.problem : problemFromBody(thrown, 0);
}

/** Reads the body of a refused response; a body that is no problem still gives one. */
export function problemFromBody(body: unknown, status: number, retryAfter?: string | null): Problem {
  const b = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const seconds = Number(retryAfter);
  return {
    status: typeof b.status === 'number' ? b.status : status,
    code: typeof b.code === 'string' ? b.code : UNEXPECTED,
    title: typeof b.title === 'string' ? b.title : '',
    detail: typeof b.detail === 'string' ? b.detail : '',
    errors: Array.isArray(b.errors) ? b.errors.filter(isFieldProblem) : [],
    ...(retryAfter && Number.isFinite(seconds) ? { retryAfter: seconds } : {}),
  };
}

function isFieldProblem(v: unknown): v is FieldProblem {
  return typeof v === 'object' && v !== null;
}

/**
 * Turns a location of the API into the path of a form field:
 * "body.answers[0].label" gives "answers.0.label"; what is not in the body gives undefined.
 */
export function fieldPath(location: string | undefined): string | undefined {
  if (!location?.startsWith('body.')) return undefined;
  return location.slice('body.'.length).replaceAll(/\[(\d+)\]/g, '.$1');
}

/**
 * Splits a problem's errors into those of fields a form has and the rest, which
 * the form shows above its button. An error of a part nobody shows on its own
 * ("tags.3") goes to the field that holds it ("tags").
 */
export function splitErrors(
  problem: Problem,
  fields: readonly string[],
  aliases: Record<string, string> = {},
): { fields: Record<string, string>; rest: string[] } {
  const found: Record<string, string> = {};
  const rest: string[] = [];
  for (const e of problem.errors) {
    const message = e.message ?? e.code ?? '';
    if (!message) continue;
    const path = fieldPath(e.location);
    const owner = path && ownerOf(aliases[path] ?? path, fields);
    if (owner) {
      // The first message of a field is the one to mend first.
      found[owner] ??= message;
    } else {
      rest.push(message);
    }
  }
  return { fields: found, rest };
}

function ownerOf(path: string, fields: readonly string[]): string | undefined {
  for (let p = path; p; p = p.slice(0, Math.max(0, p.lastIndexOf('.')))) {
    if (fields.includes(p)) return p;
  }
  return undefined;
}

/** Every path of a form's values that can carry an error: leaves, and lists as a whole. */
export function fieldPaths(values: unknown, prefix = ''): string[] {
  const under = (key: string) => (prefix ? `${prefix}.${key}` : key);
  if (Array.isArray(values)) {
    return [...(prefix ? [prefix] : []), ...values.flatMap((v, i) => fieldPaths(v, under(String(i))))];
  }
  if (typeof values === 'object' && values !== null) {
    return Object.entries(values).flatMap(([key, v]) => fieldPaths(v, under(key)));
  }
  return prefix ? [prefix] : [];
}
