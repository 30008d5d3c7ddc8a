import { Alert, Button, Card, Checkbox, Group, List, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import type { Problem } from '../../api/problem';
import type { ImportResult } from '../../api/types';
import { useMessages } from '../../messages/context';
import { problemText } from '../../ui/Notice';

const MIN_WORDS = 10;

interface ConfirmProps {
  result: ImportResult;
  busy: boolean;
  refusal: Problem | null;
  onBack: () => void;
  onConfirm: (attestation: string, invite: boolean) => void;
}

/** How the numbers were given: the employer's own words, kept with each person's consent. */
export function Confirm({ result, busy, refusal, onBack, onConfirm }: ConfirmProps) {
  const m = useMessages();
  const t = m.importing;
  const [attestation, setAttestation] = useState('');
  const [invite, setInvite] = useState(true);
  const [short, setShort] = useState(false);
  const submit = () => {
    const words = attestation.trim();
    setShort(words.length < MIN_WORDS);
    if (words.length >= MIN_WORDS) onConfirm(words, invite);
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
        {refusal && (
          <Alert color="red" variant="outline" role="alert">
            {[problemText(refusal, m), ...refusal.errors.map((e) => e.message)].join(' ')}
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={busy}>
            {t.confirm(result.new + result.changed)}
          </Button>
          <Button variant="default" disabled={busy} onClick={onBack}>
            {m.common.back}
          </Button>
        </Group>
        {busy && (
          <Text size="sm" c="dimmed" role="status">
            {t.running}
          </Text>
        )}
      </Stack>
    </form>
  );
}
