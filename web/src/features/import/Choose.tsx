import { Alert, Anchor, Button, Card, FileButton, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { IconFileSpreadsheet } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import type { Problem } from '../../api/problem';
import { type Messages, useMessages } from '../../messages/context';
import { problemText } from '../../ui/Notice';
import classes from './Choose.module.css';
import { download, sampleCsv } from './csv';
import type { Unsent } from './wizard';

interface ChooseProps {
  /** How much of the file has left; null: none is on its way. */
  sent: number | null;
  refusal: Problem | Unsent | null;
  onFile: (file: File) => void;
}

export function Choose({ sent, refusal, onFile }: ChooseProps) {
  const m = useMessages();
  const t = m.importing;
  return (
    <Stack gap="lg">
      {refusal && (
        <Alert color="red" variant="outline" role="alert">
          {refusal === 'not_csv' ? t.notCsv : refusal === 'too_big' ? t.tooBig : said(refusal, m)}
        </Alert>
      )}
      {sent === null ? <Drop onFile={onFile} /> : <Sending sent={sent} />}
      <Columns />
    </Stack>
  );
}

/** The sentence of a refusal, and of each field those that say more. */
export function said(refusal: Problem, m: Messages): string {
  const text = problemText(refusal, m);
  return [text, ...refusal.errors.flatMap((e) => (e.message && e.message !== text ? [e.message] : []))].join(' ');
}

function Sending({ sent }: { sent: number }) {
  const t = useMessages().importing;
  const percent = Math.round(sent * 100);
  const words = percent < 100 ? t.sending(percent) : t.checking;
  return (
    <Card withBorder padding="xl">
      <Text mb="sm" role="status">
        {words}
      </Text>
      <Progress value={percent} animated={percent === 100} aria-label={words} />
    </Card>
  );
}

function Drop({ onFile }: { onFile: (file: File) => void }) {
  const t = useMessages().importing;
  const [over, setOver] = useState(false);
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    const file = e.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    // The drop zone is an extra for the mouse; the button inside does the same by keyboard.
    // biome-ignore lint/a11y/noStaticElementInteractions: see above
    <div
      className={`${classes.drop} ${over ? classes.over : ''}`}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <IconFileSpreadsheet size={40} stroke={1.3} aria-hidden />
      <Text fw={550}>{t.drop}</Text>
      <Text size="sm" c="dimmed">
        {t.or}
      </Text>
      <FileButton accept=".csv,text/csv" onChange={(file) => file && onFile(file)}>
        {(props) => <Button {...props}>{t.browse}</Button>}
      </FileButton>
      <Text size="sm" c="dimmed">
        {t.limits}
      </Text>
    </div>
  );
}

function Columns() {
  const t = useMessages().importing;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="xs">
        {t.columnsTitle}
      </Title>
      <Table verticalSpacing={6} highlightOnHover={false}>
        <Table.Tbody>
          {t.columns.map((c) => (
            <Table.Tr key={c.name}>
              <Table.Th scope="row" w={110}>
                <code>{c.name}</code>
              </Table.Th>
              <Table.Td>{c.what}</Table.Td>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {c.need ? t.required : t.optional}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed" mt="xs">
        {t.columnsNote}
      </Text>
      <Anchor
        component="button"
        type="button"
        style={{ alignSelf: 'flex-start' }}
        size="sm"
        mt="sm"
        onClick={() => download('callshu-sample.csv', sampleCsv)}
      >
        {t.sample}
      </Anchor>
    </Card>
  );
}
