import { Alert, Button, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import { useMessages } from '../../messages/context';
import { useMailToken } from '../../session/mailToken';
import { FormFailure } from '../../ui/FormFailure';
import { problemText } from '../../ui/Notice';
import { Page } from '../../ui/Page';

/** A button that posts: programs that open links in mails must not confirm an address. */
export function VerifyEmailPage() {
  const m = useMessages();
  const t = m.public.verify;
  const token = useMailToken();
  const verify = $api.useMutation('post', '/api/v1/auth/verify-email');
  return (
    <Stack py="xl" maw={520} mx="auto">
      {verify.isSuccess ? (
        <Page title={t.doneTitle} maxWidth={520}>
          <Text role="status">{t.done}</Text>
          <Button renderRoot={(p) => <Link to="/login" {...p} />}>{t.signIn}</Button>
        </Page>
      ) : (
        <Page title={t.title} description={t.lead} maxWidth={520}>
          {token ? (
            <>
              <FormFailure text={verify.error ? problemText(toProblem(verify.error), m) : null} />
              <Button size="md" loading={verify.isPending} onClick={() => verify.mutate({ body: { token } })}>
                {t.button}
              </Button>
            </>
          ) : (
            <Alert variant="outline">{t.noToken}</Alert>
          )}
        </Page>
      )}
    </Stack>
  );
}
