import { Alert, Button, Card, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { ErrorState, Loading } from '../../ui/Notice';
import { done } from '../../ui/toast';
import { useFormatTime } from '../../ui/useFormatTime';
import { ProofForm } from './ProofForm';
import { RecoveryCodes } from './RecoveryCodes';
import { RememberedDevices } from './RememberedDevices';
import { SetUpFactor } from './SetUpFactor';

/** What is shown over the page: one step at a time. */
type Step =
  | { kind: 'none' }
  | { kind: 'set-up' }
  | { kind: 'renew' }
  | { kind: 'end' }
  | { kind: 'codes'; codes: string[] };

const FEW = 3;

/** The second step at sign-in: an authenticator app, and codes for the day it is lost. */
export function FactorCard() {
  const t = useMessages().settings.factor;
  const { account } = useMe();
  const formatTime = useFormatTime();
  const queries = useQueryClient();
  const [step, setStep] = useState<Step>({ kind: 'none' });
  const factor = $api.useQuery('get', '/api/v1/auth/mfa');
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: ['get', '/api/v1/auth/mfa'] });
    void queries.invalidateQueries({ queryKey: ['get', '/api/v1/auth/mfa/devices'] });
    void queries.invalidateQueries({ queryKey: ['get', '/api/v1/auth/sessions'] });
  };
  const close = () => setStep({ kind: 'none' });
  const showCodes = (codes: string[]) => {
    setStep({ kind: 'codes', codes });
    refresh();
  };
  const state = factor.data;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.title}
      </Title>
      {factor.error && !state && <ErrorState error={factor.error} onRetry={factor.refetch} />}
      {!state && !factor.error && <Loading lines={2} />}
      {state && !state.totp && (
        <Stack align="flex-start">
          <Text size="sm">{t.off}</Text>
          <Button size="xs" onClick={() => setStep({ kind: 'set-up' })}>
            {t.begin}
          </Button>
        </Stack>
      )}
      {state?.totp && (
        <Stack>
          <Text size="sm">{t.on(formatTime(state.since ?? '', account.time_zone, 'date'))}</Text>
          <Text size="sm">{t.left(state.recovery_codes)}</Text>
          {state.recovery_codes < FEW && <Alert variant="outline">{t.few}</Alert>}
          <Group>
            <Button size="xs" variant="default" onClick={() => setStep({ kind: 'renew' })}>
              {t.renew}
            </Button>
            <Button size="xs" variant="default" onClick={() => setStep({ kind: 'end' })}>
              {t.end}
            </Button>
          </Group>
          <RememberedDevices />
        </Stack>
      )}
      <Modal opened={step.kind === 'set-up'} onClose={close} title={t.beginTitle}>
        {step.kind === 'set-up' && <SetUpFactor onDone={showCodes} />}
      </Modal>
      <Modal opened={step.kind === 'renew'} onClose={close} title={t.renew}>
        {step.kind === 'renew' && <Renew onDone={showCodes} />}
      </Modal>
      <Modal opened={step.kind === 'end'} onClose={close} title={t.endTitle}>
        {step.kind === 'end' && (
          <End
            short={state?.password_short ?? false}
            onDone={() => {
              close();
              refresh();
              done(t.disabled);
            }}
          />
        )}
      </Modal>
      {/* Closed by its button alone: what it shows is not shown again. */}
      <Modal
        opened={step.kind === 'codes'}
        onClose={close}
        title={t.codesTitle}
        withCloseButton={false}
        closeOnClickOutside={false}
        closeOnEscape={false}
      >
        {step.kind === 'codes' && <RecoveryCodes codes={step.codes} onDone={close} />}
      </Modal>
    </Card>
  );
}

function Renew({ onDone }: { onDone: (codes: string[]) => void }) {
  const t = useMessages().settings.factor;
  const renew = $api.useMutation('post', '/api/v1/auth/mfa/recovery-codes');
  return (
    <ProofForm
      lead={t.renewLead}
      submit={t.renew}
      send={async (body) => onDone((await renew.mutateAsync({ body })).recovery_codes ?? [])}
    />
  );
}

function End({ short, onDone }: { short: boolean; onDone: () => void }) {
  const t = useMessages().settings.factor;
  const end = $api.useMutation('post', '/api/v1/auth/mfa/totp/disable');
  if (short) return <Alert variant="outline">{t.shortFirst}</Alert>;
  return (
    <ProofForm
      lead={t.endLead}
      submit={t.end}
      send={async (body) => {
        await end.mutateAsync({ body });
        onDone();
      }}
    />
  );
}
