import { Box, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessages } from '../messages/context';
import classes from './Bars.module.css';

export interface Part {
  key: string;
  label: string;
  value: number;
  /** A CSS colour, such as var(--mantine-color-teal-6). */
  color: string;
}

/** One bar of several parts and a legend that says every figure in text. */
export function StackedBar({ parts, label }: { parts: Part[]; label: string }) {
  const m = useMessages();
  const shown = parts.filter((p) => p.value > 0);
  const total = parts.reduce((sum, p) => sum + p.value, 0);
  return (
    <Stack gap={8}>
      <div
        className={classes.stack}
        role="img"
        aria-label={`${label}: ${shown.map((p) => `${p.label} ${p.value}`).join(', ')}`}
      >
        {shown.map((p) => (
          <div key={p.key} className={classes.part} style={{ flexGrow: p.value, background: p.color }} />
        ))}
      </div>
      <Group gap="md" component="ul" p={0} m={0} style={{ listStyle: 'none', rowGap: 4 }}>
        {parts.map((p) => (
          <Text key={p.key} component="li" size="sm">
            <span className={classes.swatch} style={{ background: p.color }} aria-hidden />
            {p.label} <b>{m.common.number(p.value)}</b>{' '}
            <Text span size="xs" c="dimmed">
              {m.common.percent(p.value, total)}
            </Text>
          </Text>
        ))}
      </Group>
    </Stack>
  );
}

interface BarRowProps {
  label: ReactNode;
  value: number;
  /** What the full width stands for. */
  of: number;
  color?: string;
  note?: ReactNode;
}

/** One horizontal bar with its figure in text. */
export function BarRow({ label, value, of, color = 'var(--mantine-primary-color-filled)', note }: BarRowProps) {
  const m = useMessages();
  const width = of > 0 ? Math.min(100, (value / of) * 100) : 0;
  return (
    <Box>
      <Group justify="space-between" gap="xs" mb={4} wrap="nowrap">
        <Text size="sm" component="div" style={{ minWidth: 0, overflowWrap: 'anywhere' }}>
          {label}
        </Text>
        <Text size="sm" component="div" style={{ whiteSpace: 'nowrap' }}>
          <b>{m.common.number(value)}</b>{' '}
          <Text span size="xs" c="dimmed">
            {note ?? m.common.percent(value, of)}
          </Text>
        </Text>
      </Group>
      <div className={classes.track} aria-hidden>
        <div className={classes.fill} style={{ width: `${width}%`, background: color }} />
      </div>
    </Box>
  );
}
