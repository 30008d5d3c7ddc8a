import { Group, Text } from '@mantine/core';

/** The mark and the name; `sub` names the console where it is not the employers' side. */
export function Logo({ sub }: { sub?: string }) {
  return (
    <Group gap={9} wrap="nowrap" component="span">
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
        <rect width="32" height="32" rx="9" fill="var(--mantine-primary-color-filled)" />
        <path
          fill="#fff"
          d="M10 9.5c0-1 .8-1.8 1.8-1.7l2 .2c.8.1 1.4.7 1.5 1.5l.3 2.3c.1.6-.1 1.2-.6 1.6l-1.2 1c.9 1.8 2.3 3.2 4.1 4.1l1-1.2c.4-.5 1-.7 1.6-.6l2.3.3c.8.1 1.4.7 1.5 1.5l.2 2c.1 1-.7 1.8-1.7 1.8C15.5 22.3 10 16.5 10 9.5Z"
        />
      </svg>
      <Text component="span" fw={700} size="lg" lh={1} c="var(--mantine-color-text)">
        Callshu
        {sub && (
          <Text component="span" display="block" size="xs" fw={500} c="dimmed" mt={3}>
            {sub}
          </Text>
        )}
      </Text>
    </Group>
  );
}
