import { Alert, Button, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import { useMessages } from '../../messages/context';
import { useMailToken } from '../../session/mailToken';
import { FormFailure } from '../../ui/FormFailure';
import { problemText } from '../../ui/Notice';
import { Page } from '../../ui/Page';

/** A button that posts: programs that open links in mails must not change an address. */
export function ConfirmEmailPage() {
  const m = useMessages();
  const t = m.public.confirmEmail;
  const token = useMailToken();
  const queries = useQueryClient();
  const change = $api.useMutation('post', '/api/v1/auth/email/confirm', {
    // Whoever was signed in here is not any more.
    onSuccess: () => queries.clear(),
  });
  return (
    <Stack py="xl" maw={520} mx="auto">
      {change.isSuccess ? (
        <Page title={t.doneTitle} maxWidth={520}>
          <Text role="status">{t.done}</Text>
          <Button renderRoot={(p) => <Link to="/login" {...p} />}>{m.public.verify.signIn}</Button>
        </Page>
      ) : (
        <Page title={t.title} description={token ? t.lead : undefined} maxWidth={520}>
          {token ? (
            <>
              <FormFailure text={change.error ? problemText(toProblem(change.error), m) : null} />
              <Button size="md" loading={change.isPending} onClick={() => change.mutate({ body: { token } })}>
                {t.button}
              </Button>
            </>
          ) : (
            <Alert variant="outline">{m.public.verify.noToken}</Alert>
          )}
        </Page>
      )}
    </Stack>
  );
}
