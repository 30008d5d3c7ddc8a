import {
  IconBuilding,
  IconClipboardCheck,
  IconKey,
  IconListDetails,
  IconPhoneCall,
  IconPhoneOff,
  IconReportAnalytics,
} from '@tabler/icons-react';
import { $api } from '../api/client';
import { useMessages } from '../messages/context';
import { useSpeak } from '../session/language';
import { useOperatorSignOut } from '../session/operator';
import { DashboardShell } from './DashboardShell';

/** The frame of Callshu's own staff. */
export function OperatorShell() {
  const m = useMessages();
  const t = m.shell.operatorNav;
  const signOut = useOperatorSignOut();
  const { data } = $api.useSuspenseQuery('get', '/api/v1/operator/me', undefined, { staleTime: 30_000 });
  return (
    <DashboardShell
      home="/operator/applications"
      navLabel={t.label}
      sub={m.shell.operatorBrand}
      items={[
        { to: '/operator/applications', label: t.applications, icon: IconClipboardCheck },
        { to: '/operator/accounts', label: t.accounts, icon: IconBuilding },
        { to: '/operator/dialling', label: t.dialling, icon: IconPhoneCall },
        { to: '/operator/opt-outs', label: t.optOuts, icon: IconPhoneOff },
        { to: '/operator/audit', label: t.audit, icon: IconListDetails },
        { to: '/operator/reports', label: t.reports, icon: IconReportAnalytics },
        { to: '/operator/own', label: t.own, icon: IconKey },
      ]}
      who={{ name: data.operator.name, of: data.operator.team }}
      onSignOut={signOut}
      onLanguage={useSpeak()}
    />
  );
}
