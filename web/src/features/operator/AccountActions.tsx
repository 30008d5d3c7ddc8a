import { Button } from '@mantine/core';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Application } from '../../api/types';
import { useMessages } from '../../messages/context';
import { ConfirmTyped } from '../../ui/ConfirmTyped';
import { problemText } from '../../ui/Notice';
import { ReasonDialog } from './ReasonDialog';
import { useDecided } from './useDecision';

/** What an operator may do to an account that is decided on. */
export function AccountActions({ account }: { account: Application }) {
  const m = useMessages();
  const t = m.operator.account;
  const [open, setOpen] = useState<'suspend' | 'reinstate' | 'revoke' | null>(null);
  const decided = useDecided();
  const close = () => setOpen(null);
  const revoke = $api.useMutation('post', '/api/v1/operator/accounts/{id}/revoke-sessions', {
    onSuccess: async () => {
      close();
      await decided(t.revoked);
    },
  });
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
      <Button variant="default" onClick={() => setOpen('revoke')}>
        {t.revoke}
      </Button>
      <ReasonDialog
        action="suspend"
        account={account}
        opened={open === 'suspend'}
        onClose={close}
        title={t.suspendTitle(account.legal_name)}
        text={t.suspendText}
        confirmLabel={t.suspend}
        color="red"
        doneWords={t.suspended(account.legal_name)}
      />
      <ReasonDialog
        action="reinstate"
        account={account}
        opened={open === 'reinstate'}
        onClose={close}
        title={t.reinstateTitle(account.legal_name)}
        confirmLabel={t.reinstate}
        doneWords={t.reinstated(account.legal_name)}
      />
      <ConfirmTyped
        opened={open === 'revoke'}
        onClose={close}
        title={t.revokeTitle(account.legal_name)}
        confirmLabel={t.revoke}
        busy={revoke.isPending}
        failure={revoke.error ? problemText(toProblem(revoke.error), m) : null}
        onConfirm={() => revoke.mutate({ params: { path: { id: account.id } } })}
      >
        {t.revokeText}
      </ConfirmTyped>
    </>
  );
}
