import { Alert, Anchor, Button, Card, FileButton, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { IconFileSpreadsheet } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import { useMessages } from '../../messages/context';
import { problemText } from '../../ui/Notice';
import classes from './Choose.module.css';
import { download, sampleCsv } from './csv';
import type { Wizard } from './wizard';

interface ChooseProps {
  state: Extract<Wizard, { step: 'choose' | 'checking' }>;
  onFile: (file: File) => void;
}

export function Choose({ state, onFile }: ChooseProps) {
  const m = useMessages();
  const t = m.importing;
  return (
    <Stack gap="lg">
      {state.step === 'choose' && state.refusal && (
        <Alert color="red" variant="outline" role="alert">
          {state.refusal === 'not_csv'
            ? t.notCsv
            : state.refusal === 'too_big'
              ? t.tooBig
              : [problemText(state.refusal, m), ...state.refusal.errors.map((e) => e.message)].join(' ')}
        </Alert>
      )}
      {state.step === 'checking' ? <Sending sent={state.sent} /> : <Drop onFile={onFile} />}
      <Columns />
    </Stack>
  );
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
