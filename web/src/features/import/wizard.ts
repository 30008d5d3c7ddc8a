import type { ImportFile } from '../../api/types';
import type { importSteps } from '../../search';

/** The server's limit, said before the bytes are sent. */
export const MAX_BYTES = 16 * 1024 * 1024;

/** Why a file is refused before a byte of it is sent. */
export type Unsent = 'not_csv' | 'too_big';

export function unsendable(file: File): Unsent | null {
  if (file.size > MAX_BYTES) return 'too_big';
  // Browsers name the type of a CSV in many ways; the ending is what people know.
  if (!/\.(csv|txt)$/i.test(file.name) && file.type !== 'text/csv') return 'not_csv';
  return null;
}

export type Step = (typeof importSteps)[number];
export type Shown = Step | 'run' | 'done';

/**
 * What an address of an import shows: the server's state decides, and of an open
 * file the step that was asked for, as far as the file lets one go.
 */
export function shown(f: ImportFile, asked: Step | undefined): Shown {
  if (f.state === 'queued' || f.state === 'running') return 'run';
  if (f.state === 'done') return 'done';
  const readable = f.check && (!f.problem || f.state === 'failed');
  if (!readable || asked === 'columns') return 'columns';
  return asked === 'confirm' && hasWork(f) ? 'confirm' : 'check';
}

/** The place of each among the four steps; behind the last all are done. */
export const place: Record<Shown, number> = { columns: 1, check: 2, confirm: 2, run: 3, done: 4 };

/** Whether taking the file leads anywhere: who is missing from one can be archived only once it is taken. */
export function hasWork(f: ImportFile): boolean {
  return f.new + f.changed > 0 || (f.gone > 0 && f.unchanged > 0);
}

/** How often a page looks at a job that is under way; false: it has ended. */
export function lookAgain(f: ImportFile | undefined): number | false {
  if (!f) return false;
  return f.state === 'queued' || f.state === 'running' || f.archive === 'queued' ? 500 : false;
}

/** How far a job is, in percent; null while nobody can say. */
export function percent(f: ImportFile): number | null {
  if (f.phase === 'inviting') return 100;
  if (f.phase !== 'writing' || f.to_do === 0) return null;
  return Math.floor((100 * f.done) / f.to_do);
}

/** Above so many people the number is typed before they are archived. */
export const TYPED_ABOVE = 50;
