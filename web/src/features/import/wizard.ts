import type { Problem } from '../../api/problem';
import type { ImportResult } from '../../api/types';

/** The steps of an import: what the page shows follows from this alone. */
export type Wizard =
  | { step: 'choose'; refusal: Problem | 'not_csv' | 'too_big' | null }
  | { step: 'checking'; file: File; sent: number }
  | { step: 'check'; file: File; result: ImportResult }
  | { step: 'confirm'; file: File; result: ImportResult; busy: boolean; refusal: Problem | null }
  | { step: 'done'; result: ImportResult };

export type WizardEvent =
  | { type: 'chosen'; file: File }
  | { type: 'sent'; fraction: number }
  | { type: 'checked'; result: ImportResult }
  | { type: 'refused'; problem: Problem }
  | { type: 'continue' }
  | { type: 'back' }
  | { type: 'submitted' }
  | { type: 'taken'; result: ImportResult }
  | { type: 'restart' };

/** The server's limit, said before the bytes are sent. */
export const MAX_BYTES = 16 * 1024 * 1024;

export const start: Wizard = { step: 'choose', refusal: null };

/** One step of the wizard. Events that do not belong to the step at hand change nothing. */
export function reduce(state: Wizard, event: WizardEvent): Wizard {
  switch (event.type) {
    case 'restart':
      return start;
    case 'chosen':
      return choose(event.file);
    case 'sent':
      return state.step === 'checking' ? { ...state, sent: event.fraction } : state;
    case 'checked':
      return state.step === 'checking' ? { step: 'check', file: state.file, result: event.result } : state;
    case 'continue':
      return state.step === 'check' && hasWork(state.result)
        ? { step: 'confirm', file: state.file, result: state.result, busy: false, refusal: null }
        : state;
    case 'back':
      return state.step === 'confirm' && !state.busy
        ? { step: 'check', file: state.file, result: state.result }
        : state;
    case 'submitted':
      return state.step === 'confirm' ? { ...state, busy: true, refusal: null } : state;
    case 'taken':
      return state.step === 'confirm' ? { step: 'done', result: event.result } : state;
    case 'refused':
      return refuse(state, event.problem);
  }
}

function choose(file: File): Wizard {
  if (file.size > MAX_BYTES) return { step: 'choose', refusal: 'too_big' };
  // Browsers name the type of a CSV in many ways; the ending is what people know.
  if (!/\.(csv|txt)$/i.test(file.name) && file.type !== 'text/csv') return { step: 'choose', refusal: 'not_csv' };
  return { step: 'checking', file, sent: 0 };
}

function refuse(state: Wizard, problem: Problem): Wizard {
  if (state.step === 'checking') return { step: 'choose', refusal: problem };
  // A refused attestation leaves everything typed where it is.
  if (state.step === 'confirm') return { ...state, busy: false, refusal: problem };
  return state;
}

/** Whether taking the file would change anything. */
export function hasWork(r: ImportResult): boolean {
  return r.new + r.changed > 0;
}
