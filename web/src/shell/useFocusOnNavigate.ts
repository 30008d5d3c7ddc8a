import { useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { CONTENT_ID } from './SkipLink';

/** After going to another page the focus is at its content, as with a loaded page. */
export function useFocusOnNavigate() {
  const pathname = useRouterState({ select: (s) => s.resolvedLocation?.pathname ?? s.location.pathname });
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    document.getElementById(CONTENT_ID)?.focus({ preventScroll: true });
  }, [pathname]);
}
