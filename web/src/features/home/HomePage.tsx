import { Anchor, Box, Button, Card, Group, SimpleGrid, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck, IconCircleDashed, IconHandFinger } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { $api } from '../../api/client';
import type { Campaign, Consent } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { BarRow } from '../../ui/Bars';
import { CampaignStatus } from '../../ui/domain';
import { ErrorState, Loading } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { formatPhone } from '../../ui/phone';
import { Time } from '../../ui/Time';
import { checklist, type Step } from './checklist';

export function HomePage() {
  const m = useMessages();
  const t = m.home;
  const me = useMe();
  const funnel = $api.useQuery('get', '/api/v1/employees/funnel', undefined, { refetchInterval: 20_000 });
  const campaigns = $api.useQuery('get', '/api/v1/campaigns', { params: { query: { limit: 5 } } });
  const steps = funnel.data && campaigns.data ? checklist(me, funnel.data, campaigns.data.items) : undefined;
  const open = steps?.some((s) => s.state !== 'done');
  return (
    <Page
      title={t.title(me.account.legal_name)}
      description={t.hello(me.user.name)}
      actions={
        <Button renderRoot={(p) => <Link to="/campaigns/$id/edit" params={{ id: 'new' }} {...p} />}>
          {m.campaigns.write}
        </Button>
      }
    >
      {steps && open && <Checklist steps={steps} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: 'start' }}>
        <Card withBorder padding="lg">
          <Title order={2} size="h3" mb="md">
            {t.funnel.title}
          </Title>
          {funnel.data ? (
            <Funnel funnel={funnel.data} />
          ) : funnel.error ? (
            <ErrorState error={funnel.error} onRetry={funnel.refetch} />
          ) : (
            <Loading lines={5} height={26} />
          )}
        </Card>
        <Stack gap="lg">
          <Card withBorder padding="lg">
            <Group justify="space-between" mb="md">
              <Title order={2} size="h3">
                {t.recent.title}
              </Title>
              <Anchor size="sm" renderRoot={(p) => <Link to="/campaigns" {...p} />}>
                {t.recent.all}
              </Anchor>
            </Group>
            {campaigns.data ? (
              <Recent items={campaigns.data.items} zone={me.account.time_zone} />
            ) : campaigns.error ? (
              <ErrorState error={campaigns.error} onRetry={campaigns.refetch} />
            ) : (
              <Loading lines={4} />
            )}
          </Card>
          {me.account.sender_number && (
            <Card withBorder padding="lg">
              <Title order={2} size="h3" mb={4}>
                {t.sender.title}
              </Title>
              <Text fw={600} size="lg" className="figures">
                {formatPhone(me.account.sender_number)}
              </Text>
              <Text size="sm" c="dimmed">
                {t.sender.hint}
              </Text>
            </Card>
          )}
        </Stack>
      </SimpleGrid>
    </Page>
  );
}

function Checklist({ steps }: { steps: Step[] }) {
  const t = useMessages().home.checklist;
  const done = steps.filter((s) => s.state === 'done').length;
  return (
    <Card withBorder padding="lg">
      <Group justify="space-between" mb="md">
        <Title order={2} size="h3">
          {t.title}
        </Title>
        <Text size="sm" c="dimmed">
          {t.progress(done, steps.length)}
        </Text>
      </Group>
      <Stack component="ol" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
        {steps.map((s) => (
          <ChecklistRow key={s.key} step={s} />
        ))}
      </Stack>
    </Card>
  );
}

const marks = {
  done: { icon: IconCheck, color: 'teal', variant: 'filled' },
  yours: { icon: IconHandFinger, color: 'petrol', variant: 'filled' },
  later: { icon: IconCircleDashed, color: 'gray', variant: 'default' },
} as const;

function ChecklistRow({ step }: { step: Step }) {
  const t = useMessages().home.checklist;
  const mark = marks[step.state];
  const hints: Partial<Record<Step['key'], string>> = { people: t.peopleHint, consent: t.consentHint };
  const actions: Partial<Record<Step['key'], { label: string; to: string }>> = {
    phone: { label: t.phoneAction, to: '/settings' },
    people: { label: t.peopleAction, to: '/employees/import' },
    consent: { label: t.consentAction, to: '/employees' },
    campaign: { label: t.campaignAction, to: '/campaigns' },
    launch: { label: t.launchAction, to: '/campaigns' },
  };
  const action = actions[step.key];
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start">
      <ThemeIcon size={26} radius="xl" color={mark.color} variant={mark.variant} mt={1}>
        <mark.icon size={16} aria-hidden />
      </ThemeIcon>
      <Box style={{ flex: 1, minWidth: 0 }}>
        <Text size="sm" fw={step.state === 'yours' ? 600 : 400}>
          {t[step.key]}{' '}
          <Text span size="xs" c="dimmed">
            {t[step.state]}
          </Text>
        </Text>
        {step.state === 'yours' && hints[step.key] && (
          <Text size="xs" c="dimmed">
            {hints[step.key]}
          </Text>
        )}
      </Box>
      {step.state === 'yours' && action && (
        <Button size="xs" variant="default" renderRoot={(p) => <Link to={action.to} {...p} />}>
          {action.label}
        </Button>
      )}
    </Group>
  );
}

interface Figures {
  imported: number;
  invited: number;
  opted_in: number;
  opted_out: number;
  lapsed: number;
  none: number;
  callable_now: number;
}

function Funnel({ funnel }: { funnel: Figures }) {
  const t = useMessages().home.funnel;
  if (funnel.imported === 0) return <Text c="dimmed">{t.empty}</Text>;
  const state = (consent: Consent, color: string) => (
    <BarRow
      key={consent}
      label={<FilterLink consent={consent} />}
      value={funnel[consent]}
      of={funnel.imported}
      color={color}
    />
  );
  return (
    <Stack gap="md">
      <BarRow
        label={
          <Anchor size="sm" renderRoot={(p) => <Link to="/employees" {...p} />}>
            {t.imported}
          </Anchor>
        }
        value={funnel.imported}
        of={funnel.imported}
        note=""
        color="var(--mantine-color-gray-5)"
      />
      {state('opted_in', 'var(--mantine-color-teal-6)')}
      <BarRow
        label={
          <>
            {t.callable}{' '}
            <Text span size="xs" c="dimmed">
              {t.callableHint}
            </Text>
          </>
        }
        value={funnel.callable_now}
        of={funnel.imported}
        color="var(--mantine-color-petrol-6)"
      />
      {state('invited', 'var(--mantine-color-blue-5)')}
      {state('none', 'var(--mantine-color-gray-5)')}
      {state('opted_out', 'var(--mantine-color-red-6)')}
      {funnel.lapsed > 0 && state('lapsed', 'var(--mantine-color-orange-5)')}
    </Stack>
  );
}

/** Every figure opens the names behind it. */
function FilterLink({ consent }: { consent: Consent }) {
  const t = useMessages().home.funnel;
  return (
    <Anchor size="sm" renderRoot={(p) => <Link to="/employees" search={{ consent }} {...p} />}>
      {t[consent]}
    </Anchor>
  );
}

function Recent({ items, zone }: { items: Campaign[]; zone: string }) {
  const t = useMessages().home.recent;
  if (items.length === 0) {
    return (
      <Stack align="flex-start" gap="xs">
        <Text c="dimmed" size="sm">
          {t.none}
        </Text>
        <Button
          size="xs"
          variant="default"
          renderRoot={(p) => <Link to="/campaigns/$id/edit" params={{ id: 'new' }} {...p} />}
        >
          {t.write}
        </Button>
      </Stack>
    );
  }
  return (
    <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
      {items.map((c) => (
        <Group key={c.id} component="li" justify="space-between" gap="xs">
          <Box style={{ minWidth: 0 }}>
            <Anchor size="sm" fw={500} renderRoot={(p) => <Link to="/campaigns/$id" params={{ id: c.id }} {...p} />}>
              {c.name}
            </Anchor>
            <Text size="xs" c="dimmed">
              <Time at={c.finished_at ?? c.launched_at ?? c.created_at} zone={zone} withZone />
            </Text>
          </Box>
          <CampaignStatus campaign={c} />
        </Group>
      ))}
    </Stack>
  );
}
