import { Alert, Button, Card, Group, NativeSelect, Stack, Table, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { ImportField, ImportFile } from '../../api/types';
import { useMessages } from '../../messages/context';
import { said } from './Choose';
import { useKeepFile } from './useFile';

const order: ImportField[] = ['', 'name', 'first_name', 'last_name', 'phone', 'language', 'time_zone', 'tags'];

/** What each column of the file is, over its first rows as they stand. */
export function Columns({ file, onDone }: { file: ImportFile; onDone: () => void }) {
  const m = useMessages();
  const t = m.importing;
  const keep = useKeepFile();
  const columns = file.check?.columns ?? [];
  const [fields, setFields] = useState(columns.map((c) => c.field));
  const save = $api.useMutation('put', '/api/v1/employees/imports/{id}/columns', {
    onSuccess: (f) => {
      keep(f);
      if (!f.problem) onDone();
    },
  });
  const refusal = save.error ? said(toProblem(save.error), m) : file.problem?.message;
  return (
    <Stack gap="lg">
      {refusal && (
        <Alert color="red" variant="outline" role="alert">
          {refusal}
        </Alert>
      )}
      <Card withBorder padding="lg">
        <Title order={2} size="h3">
          {t.mapTitle}
        </Title>
        <Text size="sm" c="dimmed" mb="sm">
          {t.mapHint}
        </Text>
        <Table.ScrollContainer minWidth={150 * columns.length} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
          <Table verticalSpacing={6}>
            <Table.Thead>
              <Table.Tr>
                {columns.map((c, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns never move, and may be headed alike
                  <Table.Th key={i} miw={150}>
                    <NativeSelect
                      label={c.heading || t.noHeading}
                      aria-label={t.takenFor(c.heading)}
                      value={fields[i]}
                      onChange={(e) => setFields(fields.with(i, e.currentTarget.value as ImportField))}
                      data={order.map((value) => ({ value, label: t.fields[value] }))}
                    />
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {file.check?.preview.map((row, r) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows never move, and may be alike
                <Table.Tr key={r}>
                  {row.map((cell, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: see above
                    <Table.Td key={i} c={fields[i] ? undefined : 'dimmed'}>
                      {cell}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Card>
      <Group>
        <Button
          loading={save.isPending}
          onClick={() => save.mutate({ params: { path: { id: file.id } }, body: { fields } })}
        >
          {t.go}
        </Button>
        <Button variant="default" renderRoot={(p) => <Link to="/employees/import" {...p} />}>
          {t.otherFile}
        </Button>
      </Group>
    </Stack>
  );
}
