import { type PasswordInputProps, PasswordInput as Plain } from '@mantine/core';

/** Mantine's, which shows a wrong password red and leaves it unsaid to who cannot see. */
export function PasswordInput(props: PasswordInputProps) {
  return <Plain aria-invalid={props.error ? true : undefined} {...props} />;
}
