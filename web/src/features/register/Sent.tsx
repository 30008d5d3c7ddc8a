import { Stack, Text } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useMessages } from '../../messages/context';
import { Page } from '../../ui/Page';

/** The same words whether or not the address had an account: nothing is given away. */
export function Sent({ email }: { email: string }) {
  const t = useMessages().public.sent;
  return (
    <Stack py="xl" maw={560} mx="auto">
      <Page title={t.title} above={<IconMail size={36} stroke={1.5} aria-hidden />} maxWidth={560}>
        <Text role="status">{t.text(email)}</Text>
        <Text size="sm" c="dimmed">
          {t.hint}
        </Text>
      </Page>
    </Stack>
  );
}
