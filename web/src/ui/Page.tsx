import { Box, Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { useMessages } from '../messages/context';

interface PageProps {
  title: string;
  /** One or two lines under the title. */
  description?: ReactNode;
  /** Buttons beside the title. */
  actions?: ReactNode;
  /** What stands before the title: a way back, or a state. */
  above?: ReactNode;
  maxWidth?: number;
  children: ReactNode;
}

/** The frame of every page: one h1, the document's title, actions at the right. */
export function Page({ title, description, actions, above, maxWidth = 1180, children }: PageProps) {
  const m = useMessages();
  useDocumentTitle(title, m.common.appName);
  return (
    <Stack gap="lg" maw={maxWidth} mx="auto" w="100%">
      <Box>
        {above && <Box mb={6}>{above}</Box>}
        <Group justify="space-between" align="flex-start" gap="sm">
          <Box style={{ minWidth: 0, flex: '1 1 260px' }}>
            <Title order={1} style={{ overflowWrap: 'anywhere' }}>
              {title}
            </Title>
            {description && (
              <Text component="div" c="dimmed" size="sm" mt={4} maw={720}>
                {description}
              </Text>
            )}
          </Box>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
      </Box>
      {children}
    </Stack>
  );
}

export function useDocumentTitle(title: string, app: string) {
  useEffect(() => {
    document.title = title === app ? app : `${title} · ${app}`;
  }, [title, app]);
}
