import { Text } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';
import classes from './Facts.module.css';

/** Names and values, one under the other on a phone. */
export function Facts({ rows }: { rows: { key: string; label: ReactNode; value: ReactNode }[] }) {
  return (
    <dl className={classes.facts}>
      {rows.map((r) => (
        <Fragment key={r.key}>
          <Text component="dt" size="sm" c="dimmed">
            {r.label}
          </Text>
          <Text component="dd" size="sm" m={0}>
            {r.value || '–'}
          </Text>
        </Fragment>
      ))}
    </dl>
  );
}
