import { Alert, Box, Button, Card, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { ImportResult } from '../../api/types';
import { useMessages } from '../../messages/context';
import { formatPhone } from '../../ui/phone';
import { download, toCsv } from './csv';
import { hasWork } from './wizard';

interface CheckProps {
  fileName: string;
  result: ImportResult;
  onOther: () => void;
  onContinue: () => void;
}

/** What taking the file would do, before anything is done. */
export function Check({ fileName, result, onOther, onContinue }: CheckProps) {
  const t = useMessages().importing;
  const good = result.new + result.changed + result.unchanged;
  return (
    <Stack gap="lg">
      <Text>{t.file(fileName, result.total)}</Text>
      <Figures result={result} />
      {!hasWork(result) && <Alert variant="outline">{good > 0 ? t.nothingNew : t.nothing}</Alert>}
      {result.rejected > 0 && <Rejected result={result} />}
      {result.sample.length > 0 && <Sample result={result} />}
      <Group>
        <Button disabled={!hasWork(result)} onClick={onContinue}>
          {t.go}
        </Button>
        <Button variant="default" onClick={onOther}>
          {t.otherFile}
        </Button>
      </Group>
    </Stack>
  );
}

function Figures({ result }: { result: ImportResult }) {
  const m = useMessages();
  const t = m.importing;
  const figures = [
    { label: t.fresh, hint: t.freshHint, value: result.new, color: 'teal' },
    { label: t.changed, hint: t.changedHint, value: result.changed, color: 'blue' },
    { label: t.unchanged, hint: t.unchangedHint, value: result.unchanged, color: 'gray' },
    { label: t.rejected, hint: t.rejectedHint, value: result.rejected, color: 'red' },
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }}>
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

function Rejected({ result }: { result: ImportResult }) {
  const t = useMessages().importing;
  const save = () =>
    download(
      'rejected-rows.csv',
      toCsv([['row', 'column', 'problem'], ...result.errors.map((e) => [String(e.row), e.column, e.message])]),
    );
  return (
    <Card withBorder padding="lg">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h3">
          {t.rejectedTitle}
        </Title>
        <Button size="xs" variant="default" leftSection={<IconDownload size={15} aria-hidden />} onClick={save}>
          {t.rejectedCsv}
        </Button>
      </Group>
      {result.rejected > result.errors.length && (
        <Text size="sm" c="dimmed" mb="xs">
          {t.rejectedMore(result.errors.length, result.rejected)}
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
            {result.errors.map((e) => (
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

function Sample({ result }: { result: ImportResult }) {
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
            {result.sample.map((s, i) => (
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
