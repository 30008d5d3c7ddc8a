import { Box, Checkbox, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMessages } from '../messages/context';
import classes from './DataTable.module.css';
import { ErrorState, Loading } from './Notice';

export interface Column<Row> {
  key: string;
  header: ReactNode;
  render: (row: Row) => ReactNode;
  align?: 'end';
  width?: number | string;
  /** On a phone: the card's heading, beside it at the right, or not at all; else on a line of its own. */
  phone?: 'lead' | 'side' | 'hide';
}

export interface Selection {
  ids: ReadonlySet<string>;
  onChange: (ids: ReadonlySet<string>) => void;
}

interface DataTableProps<Row> {
  /** What a screen reader announces. */
  label: string;
  columns: Column<Row>[];
  rows: Row[] | undefined;
  rowId: (row: Row) => string;
  rowName?: (row: Row) => string;
  error?: unknown;
  onRetry?: () => void;
  /** In place of the table when there is no row: nothing yet, or no match. */
  empty: ReactNode;
  /** The rows belong to the last question while the next answer is on its way. */
  stale?: boolean;
  selection?: Selection;
  /** Tints a row; the words in it say the same. */
  rowTone?: (row: Row) => 'good' | 'bad' | 'active' | undefined;
  footer?: ReactNode;
}

/** A table of one server page, with its loading, empty and error states; cards on a phone. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, columns, rowId, selection } = props;
  if (props.error && !rows) return <ErrorState error={props.error} onRetry={props.onRetry} />;
  if (!rows) return <Loading lines={8} height={22} />;
  if (rows.length === 0) return <Box className={classes.wrap}>{props.empty}</Box>;
  return (
    <Box>
      <Box className={classes.wrap}>
        <Table className={`${classes.table} ${props.stale ? classes.stale : ''}`} aria-label={props.label} role="table">
          <Table.Thead role="rowgroup">
            <Table.Tr role="row">
              {selection && <SelectAll rows={rows} rowId={rowId} selection={selection} />}
              {columns.map((c) => (
                <Table.Th
                  key={c.key}
                  w={c.width}
                  className={c.align === 'end' ? classes.end : undefined}
                  role="columnheader"
                >
                  {c.header}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody role="rowgroup">
            {rows.map((row) => (
              <Row key={rowId(row)} row={row} {...props} />
            ))}
          </Table.Tbody>
        </Table>
      </Box>
      {props.footer && <Box mt="sm">{props.footer}</Box>}
    </Box>
  );
}

function Row<R>({ row, columns, rowId, rowName, rowTone, selection }: DataTableProps<R> & { row: R }) {
  const m = useMessages();
  const id = rowId(row);
  return (
    <Table.Tr role="row" data-selected={selection?.ids.has(id) || undefined} data-tone={rowTone?.(row)}>
      {selection && (
        <Table.Td role="cell" className={classes.check} w={40}>
          <Checkbox
            aria-label={m.common.selectRow(rowName?.(row) ?? id)}
            checked={selection.ids.has(id)}
            onChange={() => selection.onChange(toggled(selection.ids, id))}
          />
        </Table.Td>
      )}
      {columns.map((c) => {
        const content = c.render(row);
        return (
          <Table.Td
            key={c.key}
            role="cell"
            className={c.align === 'end' ? classes.end : undefined}
            data-phone={c.phone}
            data-empty={content === null || content === '' || undefined}
          >
            {content}
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}

function SelectAll<R>({ rows, rowId, selection }: { rows: R[]; rowId: (r: R) => string; selection: Selection }) {
  const m = useMessages();
  const ids = rows.map(rowId);
  const count = ids.filter((id) => selection.ids.has(id)).length;
  return (
    <Table.Th w={40} role="columnheader">
      <Checkbox
        aria-label={m.common.selectAll}
        checked={count === ids.length}
        indeterminate={count > 0 && count < ids.length}
        onChange={() => {
          const next = new Set(selection.ids);
          for (const id of ids) count === ids.length ? next.delete(id) : next.add(id);
          selection.onChange(next);
        }}
      />
    </Table.Th>
  );
}

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}
