import { TextInput, type TextInputProps } from '@mantine/core';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';

/**
 * Whether one-time codes are on: then the password alone changes nothing. While that is not
 * known a form is not sent, and where the answer fails it is sent without a code, which the
 * server asks for.
 */
export function useGuarded() {
  const factor = $api.useQuery('get', '/api/v1/auth/mfa');
  const on = factor.data?.totp ?? false;
  return {
    on,
    loading: factor.isPending,
    body: <T extends { code: string }>({ code, ...rest }: T) => (on ? { ...rest, code } : rest),
  };
}

/** A code from the authenticator app, or one of the recovery codes. */
export function CodeInput(props: TextInputProps) {
  const t = useMessages().settings.factor;
  return (
    <TextInput label={t.anyCode} autoComplete="one-time-code" maxLength={40} required withAsterisk={false} {...props} />
  );
}
