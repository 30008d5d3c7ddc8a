import { Box, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconMoodSmile } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { $api } from '../../api/client';
import type { Application } from '../../api/types';
import { useMessages } from '../../messages/context';
import { Empty, ErrorState, Loading } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { Evidence } from './Evidence';

/** What waits for a decision, the longest waiting first. */
export function ApplicationsPage() {
  const m = useMessages();
  const t = m.operator.applications;
  const list = $api.useQuery(
    'get',
    '/api/v1/operator/accounts',
    { params: { query: { status: 'pending_review', limit: 50 } } },
    { refetchInterval: 15_000 },
  );
  const items = [...(list.data?.items ?? [])].sort((a, b) => (a.applied_at ?? '').localeCompare(b.applied_at ?? ''));
  return (
    <Page title={t.title} description={t.lead} maxWidth={900}>
      {list.error && !list.data && <ErrorState error={list.error} onRetry={list.refetch} />}
      {!list.data && !list.error && <Loading lines={6} />}
      {list.data && items.length === 0 && (
        <Card withBorder>
          <Empty icon={<IconMoodSmile size={34} stroke={1.4} />} title={t.noneTitle}>
            {t.none}
          </Empty>
        </Card>
      )}
      <Stack>
        {items.map((a) => (
          <Row key={a.id} application={a} />
        ))}
      </Stack>
      <NameChanges />
    </Page>
  );
}

/** Employers that want another legal name; the account's page is where that is decided. */
function NameChanges() {
  const t = useMessages().operator.applications;
  const list = $api.useQuery(
    'get',
    '/api/v1/operator/accounts',
    { params: { query: { name_change: true, limit: 50 } } },
    { refetchInterval: 15_000 },
  );
  if (!list.data || list.data.items.length === 0) return null;
  return (
    <Stack component="section" aria-labelledby="names-title" mt="xl">
      <Title order={2} id="names-title">
        {t.namesTitle}
      </Title>
      {list.data.items.map((a) => (
        <Card key={a.id} withBorder padding="md">
          <Group justify="space-between" gap="sm">
            <Text size="sm" style={{ minWidth: 0, flex: '1 1 280px' }}>
              <b>{a.legal_name}</b> {t.nameWanted(a.name_change?.legal_name ?? '')}
            </Text>
            <Button
              size="xs"
              variant="default"
              aria-label={t.openNamed(a.legal_name)}
              renderRoot={(p) => <Link to="/operator/accounts/$id" params={{ id: a.id }} {...p} />}
            >
              {t.open}
            </Button>
          </Group>
        </Card>
      ))}
    </Stack>
  );
}

function Row({ application }: { application: Application }) {
  const t = useMessages().operator.applications;
  return (
    <Card withBorder padding="lg">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Box style={{ minWidth: 0, flex: '1 1 280px' }}>
          <Title order={2} size="h3">
            {application.legal_name}
          </Title>
          <Text size="sm" c="dimmed">
            {application.province}, {application.country} · {application.employee_count} · {t.waitingSince}{' '}
            <Time at={application.applied_at} zone={browserZone} withZone />
          </Text>
          <Text size="sm" mt="xs" lineClamp={2}>
            {application.use_case}
          </Text>
        </Box>
        <Button
          aria-label={t.openNamed(application.legal_name)}
          renderRoot={(p) => <Link to="/operator/accounts/$id" params={{ id: application.id }} {...p} />}
        >
          {t.open}
        </Button>
      </Group>
      <Group mt="sm" gap="xs">
        <Evidence application={application} />
      </Group>
    </Card>
  );
}
