import { Button, Checkbox, Stack } from '@mantine/core';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Application } from '../../api/types';
import { useMessages } from '../../messages/context';
import { ConfirmTyped } from '../../ui/ConfirmTyped';
import { problemText } from '../../ui/Notice';
import { ReasonDialog } from '../../ui/ReasonDialog';
import { useDecided } from './useDecision';

/** What an operator may do to an account that is decided on. */
export function AccountActions({ account }: { account: Application }) {
  const m = useMessages();
  const t = m.operator.account;
  const [open, setOpen] = useState<'suspend' | 'reinstate' | 'revoke' | null>(null);
  const [reset, setReset] = useState(false);
  const decided = useDecided();
  const close = () => setOpen(null);
  const revoke = $api.useMutation('post', '/api/v1/operator/accounts/{id}/revoke-sessions', {
    onSuccess: async () => {
      close();
      await decided(t.revoked);
    },
  });
  const suspend = $api.useMutation('post', '/api/v1/operator/accounts/{id}/suspend', {
    onSuccess: () => void decided(t.suspended(account.legal_name)),
  });
  const reinstate = $api.useMutation('post', '/api/v1/operator/accounts/{id}/reinstate', {
    onSuccess: () => void decided(t.reinstated(account.legal_name)),
  });
  const target = { params: { path: { id: account.id } } };
  return (
    <>
      {account.status === 'active' && (
        <Button variant="outline" color="red" onClick={() => setOpen('suspend')}>
          {t.suspend}
        </Button>
      )}
      {(account.status === 'suspended' || account.status === 'rejected') && (
        <Button onClick={() => setOpen('reinstate')}>{t.reinstate}</Button>
      )}
      <Button
        variant="default"
        onClick={() => {
          setReset(false);
          setOpen('revoke');
        }}
      >
        {t.revoke}
      </Button>
      <ReasonDialog
        opened={open === 'suspend'}
        onClose={close}
        title={t.suspendTitle(account.legal_name)}
        text={t.suspendText}
        label={t.reason}
        confirmLabel={t.suspend}
        color="red"
        onConfirm={(reason) => suspend.mutateAsync({ ...target, body: { reason } })}
      />
      <ReasonDialog
        opened={open === 'reinstate'}
        onClose={close}
        title={t.reinstateTitle(account.legal_name)}
        label={t.reason}
        confirmLabel={t.reinstate}
        onConfirm={(reason) => reinstate.mutateAsync({ ...target, body: { reason } })}
      />
      <ConfirmTyped
        opened={open === 'revoke'}
        onClose={close}
        title={t.revokeTitle(account.legal_name)}
        confirmLabel={t.revoke}
        busy={revoke.isPending}
        failure={revoke.error ? problemText(toProblem(revoke.error), m) : null}
        onConfirm={() => revoke.mutate({ ...target, body: { force_reset: reset } })}
      >
        <Stack>
          {t.revokeText}
          <Checkbox
            label={t.forceReset}
            description={t.forceResetHint}
            checked={reset}
            onChange={(e) => setReset(e.currentTarget.checked)}
          />
        </Stack>
      </ConfirmTyped>
    </>
  );
}
