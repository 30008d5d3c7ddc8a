import '@mantine/core/styles.css';
import './fonts.css';
import './global.css';
import { MantineProvider } from '@mantine/core';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { useMessages } from './messages/context';
import { nonce } from './nonce';
import { cssVariables, makeTheme } from './theme';
import { printInLight } from './ui/printInLight';

/** What surrounds every page. The operators' console has another accent, so that nobody mistakes one for the other. */
export function Root() {
  const operator = useRouterState({ select: (s) => s.location.pathname.startsWith('/operator') });
  const { close } = useMessages().common;
  const theme = useMemo(() => makeTheme(operator ? 'operator' : 'employer', close), [operator, close]);
  useEffect(() => printInLight(), []);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <Outlet />
    </MantineProvider>
  );
}
