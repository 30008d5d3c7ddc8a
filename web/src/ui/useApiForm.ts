import { type UseFormInput, type UseFormReturnType, useForm } from '@mantine/form';
import { useState } from 'react';
import { fieldPaths, splitErrors, toProblem } from '../api/problem';
import { type Messages, useMessages } from '../messages/context';
import { problemText } from './Notice';

export interface ApiForm<V extends Record<string, unknown>> extends UseFormReturnType<V> {
  /** What the server said that belongs to no field. */
  failure: string | null;
  /** Puts a refusal onto its fields and goes to the first one; what was typed stays. */
  refuse: (thrown: unknown) => void;
  /** The same without moving the focus, for what was sent without a click. */
  refuseQuietly: (thrown: unknown) => void;
  clearFailure: () => void;
}

/** A form whose fields show the server's own words about them. */
export function useApiForm<V extends Record<string, unknown>>(
  input: UseFormInput<V>,
  /** Fields of the API that stand under another name in this form. */
  aliases?: Record<string, string>,
): ApiForm<V> {
  const m = useMessages();
  const form = useForm<V>(input);
  const [failure, setFailure] = useState<string | null>(null);
  const note = (thrown: unknown): boolean => {
    const { fields, failure } = readRefusal(thrown, fieldPaths(form.getValues()), m, aliases);
    setFailure(failure);
    form.setErrors(fields);
    return Object.keys(fields).length > 0;
  };
  const refuse = (thrown: unknown) => {
    if (note(thrown)) focusFirstError();
  };
  return { ...form, failure, refuse, refuseQuietly: note, clearFailure: () => setFailure(null) };
}

/** What of a refusal goes to which field, and what stands above the form. */
export function readRefusal(
  thrown: unknown,
  fields: string[],
  m: Messages,
  aliases?: Record<string, string>,
): { fields: Record<string, string>; failure: string | null } {
  const problem = toProblem(thrown);
  const split = splitErrors(problem, fields, aliases);
  const found = Object.keys(split.fields).length > 0;
  if (split.rest.length > 0) return { fields: split.fields, failure: split.rest.join(' ') };
  return { fields: split.fields, failure: found ? null : problemText(problem, m) };
}

/** After the errors are drawn: the first wrong field is where the person goes on. */
export function focusFirstError() {
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>('[aria-invalid=true], [data-error] input')?.focus();
  });
}
