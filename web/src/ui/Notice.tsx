import { Alert, Button, Group, Skeleton, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { OFFLINE, type Problem, toProblem } from '../api/problem';
import { type Messages, useMessages } from '../messages/context';
import { formatSeconds } from './time';

/** The sentence a person reads for a refusal: the server's own, or ours where it gave none. */
export function problemText(problem: Problem, m: Messages): string {
  if (problem.code === OFFLINE) return m.common.errors.offline;
  if (problem.status === 429) {
    return problem.retryAfter
      ? m.common.errors.tooMany(formatSeconds(problem.retryAfter))
      : m.common.errors.tooManyPlain;
  }
  if (problem.status >= 500) return m.common.errors.unexpected;
  return problem.detail || problem.title || m.common.errors.unexpected;
}

/** A refusal in place of what could not be shown, with a way on. */
export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const m = useMessages();
  return (
    <Alert
      color="red"
      variant="outline"
      icon={<IconAlertTriangle aria-hidden />}
      title={m.common.errors.title}
      role="alert"
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{problemText(toProblem(error), m)}</Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {m.common.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** Grey lines while something loads; screen readers hear one word. */
export function Loading({ lines = 4, height = 18 }: { lines?: number; height?: number }) {
  const m = useMessages();
  return (
    <Stack gap="sm" role="status" aria-live="polite">
      <VisuallyHidden>{m.common.loading}</VisuallyHidden>
      {Array.from({ length: lines }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are alike and never move
        <Skeleton key={i} height={height} width={`${96 - ((i * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}

interface EmptyProps {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  /** What leads on: a button or a link. */
  action?: ReactNode;
}

/** Nothing here yet, or nothing matches: says which, and offers the next step. */
export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <Text c="dimmed" component="div" aria-hidden>
        {icon}
      </Text>
      <Title order={2} size="h3">
        {title}
      </Title>
      {children && (
        <Text component="div" size="sm" c="dimmed" maw={460}>
          {children}
        </Text>
      )}
      {action && (
        <Group mt="xs" justify="center">
          {action}
        </Group>
      )}
    </Stack>
  );
}
