import { notifications } from '@mantine/notifications';
import { toProblem } from '../api/problem';
import type { Messages } from '../messages/context';
import { problemText } from './Notice';

/** A short word that something is done. */
export function done(message: string): void {
  notifications.show({ message, color: 'teal', autoClose: 5000 });
}

/** A refusal that belongs to no form; stays until it is read. */
export function refused(thrown: unknown, m: Messages): void {
  notifications.show({
    title: m.common.errors.title,
    message: problemText(toProblem(thrown), m),
    color: 'red',
    autoClose: 12_000,
  });
}
