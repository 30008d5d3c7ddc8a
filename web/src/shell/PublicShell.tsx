import { Anchor, Button, Group, Text } from '@mantine/core';
import { Link, Outlet } from '@tanstack/react-router';
import { useMessages } from '../messages/context';
import { useSpeak } from '../session/language';
import { LanguageSwitch } from './LanguageSwitch';
import { Logo } from './Logo';
import classes from './PublicShell.module.css';
import { CONTENT_ID, SkipLink } from './SkipLink';
import { useFocusOnNavigate } from './useFocusOnNavigate';

/** The frame of the pages that need no session. */
export function PublicShell() {
  const m = useMessages();
  const speak = useSpeak();
  useFocusOnNavigate();
  return (
    <div className={classes.page}>
      <SkipLink />
      <header className={classes.header}>
        <Group className={classes.inner} justify="space-between" h={64} wrap="nowrap">
          <Link to="/" aria-label={m.common.appName} style={{ textDecoration: 'none' }}>
            <Logo />
          </Link>
          <Group gap="xs" wrap="nowrap" component="nav" aria-label={m.shell.nav.label}>
            <LanguageSwitch onChoose={speak} visibleFrom="xs" />
            <Button variant="subtle" renderRoot={(p) => <Link to="/login" {...p} />}>
              {m.public.nav.signIn}
            </Button>
            <Button renderRoot={(p) => <Link to="/register" {...p} />}>{m.public.nav.apply}</Button>
          </Group>
        </Group>
      </header>
      <main id={CONTENT_ID} tabIndex={-1} className={classes.main}>
        <div className={classes.inner}>
          <Outlet />
        </div>
      </main>
      <footer className={classes.footer}>
        <Group className={classes.inner} justify="space-between" gap="sm">
          <Text size="sm" c="dimmed">
            {m.public.footer}
          </Text>
          <Group gap="md">
            {/* On a phone the head has no room for it. */}
            <LanguageSwitch onChoose={speak} hiddenFrom="xs" size="compact-sm" />
            {/* Pages of the server, not of this application: plain links. */}
            <Anchor href="/security" size="sm">
              {m.public.nav.security}
            </Anchor>
            <Anchor href="/privacy" size="sm">
              {m.public.nav.privacy}
            </Anchor>
          </Group>
        </Group>
      </footer>
    </div>
  );
}
