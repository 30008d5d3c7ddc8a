import { Alert, Anchor, Box, Button, Card, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ImportCheck, ImportFile } from '../../api/types';
import { useMessages } from '../../messages/context';
import { formatPhone } from '../../ui/phone';
import { rejectedRows } from './send';
import { hasWork } from './wizard';

interface CheckProps {
  file: ImportFile;
  onColumns: () => void;
  onContinue: () => void;
}

/** What taking the file would do, before anything is done. */
export function Check({ file, onColumns, onContinue }: CheckProps) {
  const t = useMessages().importing;
  const { check } = file;
  if (!check) return null;
  const good = file.new + file.changed + file.unchanged;
  return (
    <Stack gap="lg">
      {file.state === 'failed' && file.problem && (
        <Alert color="red" variant="outline" role="alert" title={t.failedTitle}>
          {file.problem.message}
        </Alert>
      )}
      <Text>{t.file(file.file_name, file.total)}</Text>
      <Figures file={file} />
      {file.new + file.changed === 0 && <Alert variant="outline">{good > 0 ? t.nothingNew : t.nothing}</Alert>}
      {file.gone > 0 && check.unread > 0 && (
        <Text size="sm" c="dimmed">
          {t.goneUnread(check.unread)}
        </Text>
      )}
      {file.rejected > 0 && <Rejected file={file} check={check} />}
      {check.changes.length > 0 && <Changes file={file} check={check} />}
      {check.sample.length > 0 && <Sample check={check} />}
      <Group>
        <Button disabled={!hasWork(file)} onClick={onContinue}>
          {file.state === 'failed' ? t.failedAgain : t.go}
        </Button>
        <Button variant="default" onClick={onColumns}>
          {t.changeColumns}
        </Button>
        <Button variant="default" renderRoot={(p) => <Link to="/employees/import" {...p} />}>
          {t.otherFile}
        </Button>
      </Group>
    </Stack>
  );
}

function Figures({ file }: { file: ImportFile }) {
  const m = useMessages();
  const t = m.importing;
  const figures = [
    { label: t.fresh, hint: t.freshHint, value: file.new, color: 'teal' },
    { label: t.changed, hint: t.changedHint, value: file.changed, color: 'blue' },
    { label: t.unchanged, hint: t.unchangedHint, value: file.unchanged, color: 'gray' },
    { label: t.gone, hint: t.goneHint, value: file.gone, color: 'orange' },
    { label: t.rejected, hint: t.rejectedHint, value: file.rejected, color: 'red' },
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 5 }}>
      {figures.map((f) => (
        <Card
          key={f.label}
          withBorder
          padding="md"
          style={{ borderTop: `3px solid var(--mantine-color-${f.color}-6)` }}
        >
          <Text size="sm">{f.label}</Text>
          <Text fz={28} fw={650} lh={1.2} className="figures">
            {m.common.number(f.value)}
          </Text>
          <Text size="xs" c="dimmed">
            {f.hint}
          </Text>
        </Card>
      ))}
    </SimpleGrid>
  );
}

function Rejected({ file, check }: { file: ImportFile; check: ImportCheck }) {
  const t = useMessages().importing;
  return (
    <Card withBorder padding="lg">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h3">
          {t.rejectedTitle}
        </Title>
        <Anchor size="sm" href={rejectedRows(file.id)} download>
          <Group gap={4} component="span">
            <IconDownload size={15} aria-hidden />
            {t.rejectedCsv}
          </Group>
        </Anchor>
      </Group>
      {file.rejected > check.errors.length && (
        <Text size="sm" c="dimmed" mb="xs">
          {t.rejectedMore(check.errors.length, file.rejected)}
        </Text>
      )}
      {/* Scrolls by keyboard too, hence the tab stop. */}
      <Box mah={320} style={{ overflowY: 'auto' }} tabIndex={0} role="region" aria-label={t.rejectedTitle}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={70}>{t.row}</Table.Th>
              <Table.Th w={110}>{t.column}</Table.Th>
              <Table.Th>{t.problem}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {check.errors.map((e) => (
              <Table.Tr key={`${e.row} ${e.column} ${e.code}`}>
                <Table.Td className="figures">{e.row}</Table.Td>
                <Table.Td>{e.column}</Table.Td>
                <Table.Td>{e.message}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Box>
    </Card>
  );
}

/** Of the first people who would change: what they have now and what they would get. */
function Changes({ file, check }: { file: ImportFile; check: ImportCheck }) {
  const m = useMessages();
  const t = m.importing;
  const shownAs = (value: string) => value || t.empty;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="xs">
        {t.changesTitle}
      </Title>
      {file.changed > check.changes.length && (
        <Text size="sm" c="dimmed" mb="xs">
          {t.changesMore(check.changes.length, file.changed)}
        </Text>
      )}
      <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{m.employees.columns.name}</Table.Th>
              <Table.Th>{t.field}</Table.Th>
              <Table.Th>{t.before}</Table.Th>
              <Table.Th>{t.after}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {check.changes.flatMap((c) =>
              c.fields.map((f) => (
                <Table.Tr key={`${c.phone} ${f.field}`}>
                  <Table.Td>{c.name}</Table.Td>
                  <Table.Td>{t.fields[f.field]}</Table.Td>
                  <Table.Td>{shownAs(f.before)}</Table.Td>
                  <Table.Td>{shownAs(f.after)}</Table.Td>
                </Table.Tr>
              )),
            )}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

function Sample({ check }: { check: ImportCheck }) {
  const m = useMessages();
  const t = m.employees.columns;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="xs">
        {m.importing.previewTitle}
      </Title>
      <Table.ScrollContainer minWidth={520} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.name}</Table.Th>
              <Table.Th>{t.phone}</Table.Th>
              <Table.Th>{t.language}</Table.Th>
              <Table.Th>{t.zone}</Table.Th>
              <Table.Th>{t.tags}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {check.sample.map((s, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a fixed sample; rows of a file may be alike
              <Table.Tr key={`${s.phone} ${i}`}>
                <Table.Td>{s.name}</Table.Td>
                <Table.Td className="figures">{formatPhone(s.phone)}</Table.Td>
                <Table.Td>{s.language}</Table.Td>
                <Table.Td>{s.time_zone || m.common.none}</Table.Td>
                <Table.Td>{s.tags.join(', ')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}
