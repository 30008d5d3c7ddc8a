import { Alert, Button, Card, Group, List, SimpleGrid, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck, IconCircleDashed, IconClock } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import type { Account } from '../../api/types';
import { useMessages } from '../../messages/context';
import { VerifyPhone } from '../../phone/VerifyPhone';
import { meQuery, useMe, useSignOut } from '../../session/session';
import { LanguageSwitch } from '../../shell/LanguageSwitch';
import { Logo } from '../../shell/Logo';
import classes from '../../shell/PublicShell.module.css';
import { CONTENT_ID, SkipLink } from '../../shell/SkipLink';
import { useChangeLanguage } from '../../shell/useChangeLanguage';
import { Facts } from '../../ui/Facts';
import { Page } from '../../ui/Page';
import { formatPhone } from '../../ui/phone';
import { useFormatTime } from '../../ui/useFormatTime';

/** Where an employer stands who may not call yet, or no longer. */
export function WaitingPage() {
  const m = useMessages();
  const { account } = useMe();
  const signOut = useSignOut();
  return (
    <div className={classes.page}>
      <SkipLink />
      <header className={classes.header}>
        <Group className={classes.inner} justify="space-between" h={64}>
          <Logo />
          <Group gap="xs" wrap="nowrap">
            <LanguageSwitch onChoose={useChangeLanguage()} />
            <Button variant="subtle" onClick={signOut}>
              {m.common.signOut}
            </Button>
          </Group>
        </Group>
      </header>
      <main id={CONTENT_ID} tabIndex={-1} className={classes.main}>
        <div className={classes.inner} style={{ paddingBlock: 32 }}>
          {account.status === 'rejected' || account.status === 'suspended' ? (
            <Refused account={account} />
          ) : (
            <Pending account={account} />
          )}
        </div>
      </main>
    </div>
  );
}

function Refused({ account }: { account: Account }) {
  const m = useMessages();
  const t = account.status === 'rejected' ? m.waiting.rejected : m.waiting.suspended;
  return (
    <Page title={t.title} description={t.lead} maxWidth={640}>
      <Alert color="red" variant="outline">
        {account.status_reason || m.waiting.noReason}
      </Alert>
      <Text>{t.next}</Text>
      <Sent account={account} />
    </Page>
  );
}

function Pending({ account }: { account: Account }) {
  const m = useMessages();
  const t = m.waiting;
  const words = account.status === 'registered' ? t.registered : t.pending;
  return (
    <Page title={words.title} description={words.lead} actions={<LookAgain />} maxWidth={960}>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: 'start' }}>
        <Stack gap="lg">
          <Card withBorder padding="lg">
            <Title order={2} size="h3" mb="md">
              {t.stepsTitle}
            </Title>
            <Steps account={account} />
          </Card>
          <Card withBorder padding="lg">
            <Title order={2} size="h3" mb={4}>
              {t.meanwhileTitle}: {m.phone.title.toLowerCase()}
            </Title>
            <Text size="sm" c="dimmed" mb="md">
              {m.phone.why}
            </Text>
            <VerifyPhone />
          </Card>
        </Stack>
        <Sent account={account} />
      </SimpleGrid>
    </Page>
  );
}

function Steps({ account }: { account: Account }) {
  const t = useMessages().waiting.steps;
  const formatTime = useFormatTime();
  const by = account.decide_by ? `${formatTime(account.decide_by, account.time_zone)} ${account.time_zone}` : null;
  const done = (
    <ThemeIcon size={22} radius="xl" color="teal">
      <IconCheck size={14} aria-hidden />
    </ThemeIcon>
  );
  const now = (
    <ThemeIcon size={22} radius="xl">
      <IconClock size={14} aria-hidden />
    </ThemeIcon>
  );
  const later = (
    <ThemeIcon size={22} radius="xl" color="gray" variant="default">
      <IconCircleDashed size={14} aria-hidden />
    </ThemeIcon>
  );
  return (
    <List spacing="md" center={false} size="sm">
      <List.Item icon={done}>{t.sent}</List.Item>
      <List.Item icon={now}>
        {t.review}
        {by && (
          <Text size="sm" c="dimmed">
            {t.by(by)}
          </Text>
        )}
      </List.Item>
      <List.Item icon={later}>{t.mail}</List.Item>
      <List.Item icon={later}>{t.first}</List.Item>
    </List>
  );
}

function Sent({ account }: { account: Account }) {
  const t = useMessages().waiting;
  const values: Record<keyof typeof t.facts, string> = {
    legal_name: account.legal_name,
    spoken_name: account.spoken_name,
    registry_number: account.registry_number,
    country: `${account.country}, ${account.province}`,
    website: account.website,
    employee_count: String(account.employee_count),
    use_case: account.use_case,
    callback_number: formatPhone(account.callback_number),
    contact_address: account.contact_address,
  };
  const keys = Object.keys(t.facts) as (keyof typeof t.facts)[];
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="md">
        {t.sentTitle}
      </Title>
      <Facts rows={keys.map((key) => ({ key, label: t.facts[key], value: values[key] }))} />
    </Card>
  );
}

/** Often enough that a decision shows by itself to somebody who waits here. */
const LOOK_EVERY = 30_000;

/** Asks for the account's standing; the guard of this page leads on once it is approved. */
function LookAgain() {
  const t = useMessages().waiting;
  const queries = useQueryClient();
  const router = useRouter();
  const [state, setState] = useState<'idle' | 'asking' | 'same'>('idle');
  const look = useCallback(async () => {
    await queries.invalidateQueries({ queryKey: meQuery.queryKey });
    await router.invalidate();
  }, [queries, router]);
  useEffect(() => {
    const timer = setInterval(() => void look(), LOOK_EVERY);
    return () => clearInterval(timer);
  }, [look]);
  const ask = async () => {
    setState('asking');
    await look();
    setState('same');
  };
  return (
    <Group gap="xs">
      <Button variant="default" loading={state === 'asking'} onClick={ask}>
        {t.refresh}
      </Button>
      <Text size="sm" c="dimmed" role="status">
        {state === 'same' ? t.stillWaiting : ''}
      </Text>
    </Group>
  );
}
