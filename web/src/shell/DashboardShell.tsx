import { AppShell, Box, Burger, Group, Menu, Stack, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Notifications } from '@mantine/notifications';
import '@mantine/notifications/styles.css';
import { IconChevronDown, IconLogout, type IconProps } from '@tabler/icons-react';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import type { ComponentType, ReactNode } from 'react';
import { useMessages } from '../messages/context';
import type { Language } from '../messages/language';
import classes from './DashboardShell.module.css';
import { LanguageMenuItems } from './LanguageMenuItems';
import { Logo } from './Logo';
import { CONTENT_ID, SkipLink } from './SkipLink';
import { ThemeMenuItems } from './ThemeMenuItems';
import { useFocusOnNavigate } from './useFocusOnNavigate';

export interface NavItem {
  to: string;
  /** Another address whose pages belong here. */
  also?: string;
  label: string;
  icon: ComponentType<IconProps>;
  /** How much waits there; none is not shown. */
  count?: number;
  countLabel?: (n: number) => string;
}

interface DashboardShellProps {
  home: string;
  navLabel: string;
  sub?: string;
  items: NavItem[];
  /** Who is signed in: a name, and the company or team below it. */
  who: { name: string; of: string };
  onSignOut: () => void;
  onLanguage: (language: Language) => void;
  /** Stands above every page: a paused platform, a running campaign. */
  banner?: ReactNode;
}

/** What the router sets on a link to the page at hand. */
const here = { 'data-status': 'active', 'aria-current': 'page' } as const;

/** The frame of a signed-in person: employers and operators share it, with another accent and other items. */
export function DashboardShell(props: DashboardShellProps) {
  const m = useMessages();
  const [opened, menu] = useDisclosure(false);
  const pathname = useRouterState({ select: (s) => s.location.pathname });
  useFocusOnNavigate();
  return (
    <AppShell
      className={classes.shell}
      header={{ height: 60 }}
      navbar={{ width: 224, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <SkipLink />
      <Notifications position="top-right" />
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? m.shell.closeMenu : m.shell.openMenu}
              aria-expanded={opened}
            />
            <Link to={props.home} aria-label={m.common.appName} style={{ textDecoration: 'none' }}>
              <Logo sub={props.sub} />
            </Link>
          </Group>
          <PersonMenu {...props} />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={props.navLabel}>
        <Stack gap={4} component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
          {props.items.map((item) => (
            <li key={item.to}>
              <Link
                to={item.to}
                className={classes.link}
                onClick={menu.close}
                {...(item.also && pathname.startsWith(item.also) && here)}
              >
                <item.icon size={19} stroke={1.8} aria-hidden />
                {item.label}
                <Count of={item} />
              </Link>
            </li>
          ))}
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id={CONTENT_ID} tabIndex={-1}>
        {props.banner}
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Count({ of: { count, countLabel } }: { of: NavItem }) {
  const m = useMessages();
  if (!count) return null;
  return (
    <>
      <span className={classes.count} aria-hidden>
        {count > 99 ? '99+' : m.common.number(count)}
      </span>
      <VisuallyHidden>, {countLabel?.(count)}</VisuallyHidden>
    </>
  );
}

function PersonMenu({ who, onSignOut, onLanguage }: Pick<DashboardShellProps, 'who' | 'onSignOut' | 'onLanguage'>) {
  const m = useMessages();
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton aria-label={`${m.common.account}: ${who.name}, ${who.of}`} style={{ minWidth: 0 }}>
          <Group gap={8} wrap="nowrap">
            <Box ta="right" style={{ minWidth: 0 }} visibleFrom="xs">
              <Text size="sm" fw={550} lh={1.25} truncate maw={220}>
                {who.name}
              </Text>
              <Text size="xs" c="dimmed" lh={1.25} truncate maw={220}>
                {who.of}
              </Text>
            </Box>
            <Text hiddenFrom="xs" size="sm" fw={550} truncate maw={110}>
              {who.name}
            </Text>
            <IconChevronDown size={16} aria-hidden style={{ flexShrink: 0 }} />
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <LanguageMenuItems onChoose={onLanguage} />
        <Menu.Divider />
        <ThemeMenuItems />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={onSignOut}>
          {m.common.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
