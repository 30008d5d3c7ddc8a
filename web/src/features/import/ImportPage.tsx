import { Anchor, Card, Group, Stack, Text, Title } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { type Problem, toProblem } from '../../api/problem';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { Time } from '../../ui/Time';
import { Choose } from './Choose';
import { Frame } from './Frame';
import { sendCsv } from './send';
import { useKeepFile } from './useFile';
import { type Unsent, unsendable } from './wizard';

/** The first step: a file is chosen and sent; from there on it has an address of its own. */
export function ImportPage() {
  const navigate = useNavigate();
  const keep = useKeepFile();
  const [sent, setSent] = useState<number | null>(null);
  const [refusal, setRefusal] = useState<Problem | Unsent | null>(null);

  const send = async (file: File) => {
    const unsent = unsendable(file);
    setRefusal(unsent);
    if (unsent) return;
    setSent(0);
    try {
      const f = await sendCsv(file, setSent);
      keep(f);
      await navigate({ to: '/employees/import/$id', params: { id: f.id }, search: { step: 'columns' } });
    } catch (e) {
      setSent(null);
      setRefusal(toProblem(e));
    }
  };

  return (
    <Frame active={0}>
      <Choose sent={sent} refusal={refusal} onFile={send} />
      <Files />
    </Frame>
  );
}

/** Files that wait, run or ran within the last day: the way back to one that was left. */
function Files() {
  const t = useMessages().importing;
  const { account } = useMe();
  const files = $api.useQuery('get', '/api/v1/employees/imports', {}, { staleTime: 0 });
  if (!files.data?.items.length) return null;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="xs">
        {t.filesTitle}
      </Title>
      <Stack gap={6}>
        {files.data.items.map((f) => (
          <Group key={f.id} justify="space-between" gap="xs">
            <Anchor
              size="sm"
              aria-label={t.openFile(f.file_name)}
              renderRoot={(p) => <Link to="/employees/import/$id" params={{ id: f.id }} {...p} />}
            >
              {f.file_name}
            </Anchor>
            <Text size="sm" c="dimmed">
              {t.states[f.state]} · <Time at={f.created_at} zone={account.time_zone} />
            </Text>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
