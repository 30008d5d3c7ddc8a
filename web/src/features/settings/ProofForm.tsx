import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { PasswordInput } from '../../ui/PasswordInput';
import { useApiForm } from '../../ui/useApiForm';
import { CodeInput } from './CodeInput';

interface Props {
  lead: string;
  submit: string;
  /** Not where one-time codes are off: then the password alone is asked for. */
  asksCode?: boolean;
  send: (body: { current_password: string; code: string }) => Promise<void>;
}

/** Asks for the password and a code again, before what guards the sign-in changes. */
export function ProofForm({ lead, submit, asksCode = true, send }: Props) {
  const t = useMessages().settings;
  const [sending, setSending] = useState(false);
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { current_password: '', code: '' } });
  return (
    <form
      onSubmit={form.onSubmit(async (body) => {
        form.clearFailure();
        setSending(true);
        try {
          await send(body);
        } catch (e) {
          form.refuse(e);
        } finally {
          setSending(false);
        }
      })}
    >
      <Stack>
        <Text size="sm">{lead}</Text>
        <PasswordInput
          label={t.currentPassword}
          autoComplete="current-password"
          required
          withAsterisk={false}
          key={form.key('current_password')}
          {...form.getInputProps('current_password')}
        />
        {asksCode && <CodeInput key={form.key('code')} {...form.getInputProps('code')} />}
        <FormFailure text={form.failure} />
        <Group>
          <Button type="submit" loading={sending}>
            {submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
