import { Button, Card, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { Application } from '../../api/types';
import { useMessages } from '../../messages/context';
import { ReasonDialog } from '../../ui/ReasonDialog';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { useDecided } from './useDecision';

/** A legal hold: the account's log is kept beyond its two years. */
export function HoldCard({ account }: { account: Application }) {
  const t = useMessages().operator.account.hold;
  const [asking, setAsking] = useState(false);
  const decided = useDecided();
  const held = account.legal_hold_at !== null;
  const words = held ? t.release : t.keep;
  const hold = $api.useMutation('post', '/api/v1/operator/accounts/{id}/hold', {
    onSuccess: () => void decided(held ? t.released : t.kept),
  });
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="xs">
        {t.title}
      </Title>
      {held ? (
        <Text size="sm" mb="md">
          {t.since} <Time at={account.legal_hold_at} zone={browserZone} withZone />: {account.legal_hold_reason}
        </Text>
      ) : (
        <Text size="sm" c="dimmed" mb="md">
          {t.none}
        </Text>
      )}
      <Button variant="default" onClick={() => setAsking(true)}>
        {words.act}
      </Button>
      <ReasonDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={words.title(account.legal_name)}
        text={words.text}
        label={t.reason}
        hint={t.hint}
        confirmLabel={words.act}
        onConfirm={(reason) =>
          hold.mutateAsync({ params: { path: { id: account.id } }, body: { held: !held, reason } })
        }
      />
    </Card>
  );
}
