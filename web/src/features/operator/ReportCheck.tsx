import { Alert, Button, Card, FileButton, Text, Title } from '@mantine/core';
import { IconFileCheck } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { ErrorState } from '../../ui/Notice';

/** Whether a file is one of a report's, byte for byte. Only its hash is sent. */
export function ReportCheck() {
  const t = useMessages().operator.reports;
  const [name, setName] = useState('');
  const check = $api.useMutation('post', '/api/v1/operator/reports/check');
  const take = async (file: File | null | undefined) => {
    if (!file) return;
    setName(file.name);
    check.mutate({ body: { sha256: await sha256(file) } });
  };
  const drop = (e: DragEvent) => {
    e.preventDefault();
    void take(e.dataTransfer.files[0]);
  };
  return (
    <Card withBorder padding="lg" onDragOver={(e) => e.preventDefault()} onDrop={drop}>
      <Title order={2} size="h3" mb="xs">
        {t.checkTitle}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {t.checkLead}
      </Text>
      <FileButton accept=".csv,.pdf,text/csv,application/pdf" onChange={(file) => void take(file)}>
        {(props) => (
          <Button
            {...props}
            variant="default"
            style={{ alignSelf: 'flex-start' }}
            leftSection={<IconFileCheck size={17} aria-hidden />}
            loading={check.isPending}
          >
            {t.browse}
          </Button>
        )}
      </FileButton>
      <div aria-live="polite">
        {check.error && <ErrorState error={check.error} onRetry={() => check.reset()} />}
        {check.data && <Verdict name={name} verdict={check.data} />}
      </div>
    </Card>
  );
}

interface Found {
  known: boolean;
  sealed: boolean;
  past: boolean;
  file: { name: string; part: number; parts: number; rows: number } | null;
}

function Verdict({ name, verdict }: { name: string; verdict: Found }) {
  const t = useMessages().operator.reports;
  const { file } = verdict;
  if (!file) {
    return (
      <Alert mt="md" color="red" variant="outline" title={t.altered}>
        {t.alteredText(name)}
      </Alert>
    );
  }
  return verdict.sealed ? (
    <Alert mt="md" color="teal" variant="outline" title={t.genuine(file.name)}>
      {t.genuineText(file.part, file.parts, file.rows)}
    </Alert>
  ) : (
    <Alert mt="md" color="orange" variant="outline" title={t.unsealed(file.name)}>
      {verdict.past ? t.pastText : t.unsealedText}
    </Alert>
  );
}

async function sha256(file: File): Promise<string> {
  const sum = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(sum), (b) => b.toString(16).padStart(2, '0')).join('');
}
