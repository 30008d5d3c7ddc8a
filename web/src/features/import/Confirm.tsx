import { Alert, Button, Card, Checkbox, Group, List, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { ImportFile } from '../../api/types';
import { useMessages } from '../../messages/context';
import { said } from './Choose';
import { useKeepFile } from './useFile';

const MIN_WORDS = 10;

/** How the numbers were given: the employer's own words, kept with each person's consent. */
export function Confirm({ file, onBack }: { file: ImportFile; onBack: () => void }) {
  const m = useMessages();
  const t = m.importing;
  const keep = useKeepFile();
  const confirm = $api.useMutation('post', '/api/v1/employees/imports/{id}/confirm', { onSuccess: keep });
  const busy = confirm.isPending;
  const [attestation, setAttestation] = useState('');
  const [invite, setInvite] = useState(true);
  const [short, setShort] = useState(false);
  const submit = () => {
    const words = attestation.trim();
    setShort(words.length < MIN_WORDS);
    if (words.length < MIN_WORDS) return;
    confirm.mutate({ params: { path: { id: file.id } }, body: { attestation: words, invite } });
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      <Stack gap="lg">
        <Card withBorder padding="lg">
          <Textarea
            label={t.attestTitle}
            description={t.attestHint}
            autosize
            minRows={3}
            maxLength={500}
            value={attestation}
            onChange={(e) => setAttestation(e.currentTarget.value)}
            error={short ? t.tooShort : undefined}
          />
          <List size="sm" mt="sm" c="dimmed">
            {t.attestExamples.map((example) => (
              <List.Item key={example}>{example}</List.Item>
            ))}
          </List>
        </Card>
        <Card withBorder padding="lg">
          <Checkbox
            label={t.invite}
            description={t.inviteHint}
            checked={invite}
            onChange={(e) => setInvite(e.currentTarget.checked)}
          />
        </Card>
        {confirm.error && (
          <Alert color="red" variant="outline" role="alert">
            {said(toProblem(confirm.error), m)}
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={busy}>
            {t.confirm(file.new + file.changed)}
          </Button>
          <Button variant="default" disabled={busy} onClick={onBack}>
            {m.common.back}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
