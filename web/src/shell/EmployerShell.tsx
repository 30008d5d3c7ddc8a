import { Anchor, Group, Paper, Text } from '@mantine/core';
import {
  IconAddressBook,
  IconHome,
  IconInbox,
  IconListDetails,
  IconPlayerPlay,
  IconSettings,
  IconSpeakerphone,
} from '@tabler/icons-react';
import { Link, useRouterState } from '@tanstack/react-router';
import { $api } from '../api/client';
import { useMessages } from '../messages/context';
import { useMe, useSignOut } from '../session/session';
import { DashboardShell, type NavItem } from './DashboardShell';
import { useChangeLanguage } from './useChangeLanguage';

/** Texts come while the page is open; this is how soon the menu says so. */
const COUNT_MS = 15_000;

/** The frame of an approved employer. */
export function EmployerShell() {
  const m = useMessages();
  const { user, account } = useMe();
  const signOut = useSignOut();
  const t = m.shell.nav;
  const waiting = $api.useQuery('get', '/api/v1/inbox/count', undefined, { refetchInterval: COUNT_MS });
  const items: NavItem[] = [
    { to: '/home', label: t.home, icon: IconHome },
    { to: '/campaigns', also: '/saved-messages', label: t.campaigns, icon: IconSpeakerphone },
    { to: '/employees', label: t.employees, icon: IconAddressBook },
    { to: '/inbox', label: t.inbox, icon: IconInbox, count: waiting.data?.open, countLabel: m.inbox.waiting },
    { to: '/settings', label: t.settings, icon: IconSettings },
  ];
  if (user.role === 'owner') items.splice(4, 0, { to: '/audit', label: t.audit, icon: IconListDetails });
  return (
    <DashboardShell
      home="/home"
      navLabel={t.label}
      items={items}
      who={{ name: user.name, of: account.legal_name }}
      onSignOut={signOut}
      onLanguage={useChangeLanguage()}
      banner={<RunningBanner />}
    />
  );
}

/** While phones ring, every page but the campaign's own says so. */
function RunningBanner() {
  const m = useMessages();
  const pathname = useRouterState({ select: (s) => s.location.pathname });
  const { data } = $api.useQuery(
    'get',
    '/api/v1/campaigns',
    { params: { query: { status: 'running', limit: 3 } } },
    { refetchInterval: 15_000 },
  );
  const elsewhere = data?.items.filter((c) => !pathname.startsWith(`/campaigns/${c.id}`)) ?? [];
  if (elsewhere.length === 0) return null;
  return (
    <Paper
      withBorder
      px="md"
      py="xs"
      mb="lg"
      className="no-print"
      component="aside"
      aria-label={m.campaigns.status.running}
    >
      {elsewhere.map((c) => (
        <Group key={c.id} gap="xs">
          <IconPlayerPlay size={16} aria-hidden />
          <Text size="sm">{m.shell.runningCampaign(c.name)}</Text>
          <Anchor size="sm" renderRoot={(p) => <Link to="/campaigns/$id" params={{ id: c.id }} {...p} />}>
            {m.shell.watch}
          </Anchor>
        </Group>
      ))}
    </Paper>
  );
}
