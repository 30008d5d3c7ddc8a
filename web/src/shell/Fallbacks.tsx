import { Button, Center, Stack, Text, Title } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { toProblem, UNEXPECTED } from '../api/problem';
import { useMessages } from '../messages/context';
import { ErrorState } from '../ui/Notice';
import { useDocumentTitle } from '../ui/Page';

export function NotFoundPage() {
  const m = useMessages();
  useDocumentTitle(m.common.errors.notFoundTitle, m.common.appName);
  return (
    <Center mih={360} p="lg">
      <Stack align="center" gap="xs" ta="center">
        <Title order={1}>{m.common.errors.notFoundTitle}</Title>
        <Text c="dimmed">{m.common.errors.notFound}</Text>
        <Button component="a" href="/" mt="sm">
          {m.common.errors.goHome}
        </Button>
      </Stack>
    </Center>
  );
}

/** A page that threw: an answer of the server says why, anything else is ours. */
export function CrashPage({ error, reset }: ErrorComponentProps) {
  const m = useMessages();
  const fromServer = toProblem(error).code !== UNEXPECTED;
  return (
    <Center mih={360} p="lg">
      <Stack maw={480}>
        {fromServer ? (
          <ErrorState error={error} onRetry={() => location.reload()} />
        ) : (
          <>
            <Title order={1}>{m.common.errors.crashTitle}</Title>
            <Text>{m.common.errors.crash}</Text>
            <Button
              onClick={() => {
                reset();
                location.reload();
              }}
            >
              {m.common.errors.reload}
            </Button>
          </>
        )}
      </Stack>
    </Center>
  );
}
