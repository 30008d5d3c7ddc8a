import type { Application } from '../../api/types';
import { useMessages } from '../../messages/context';
import { Status } from '../../ui/Status';
import { type Finding, findings } from './evidence';

/** The findings as badges: good, or worth a second look. */
export function Evidence({ application }: { application: Application }) {
  const t = useMessages().operator.account;
  const words: Record<Finding['key'], [good: string, other: string]> = {
    email: [t.emailConfirmed, t.emailOpen],
    phone: [t.phoneConfirmed, t.phoneOpen],
    mailbox: [t.ownDomain, t.freeMail],
    domain: [t.domainMatch, t.domainDiffers],
  };
  return findings(application).map((f) => (
    <Status key={f.key} tone={f.good ? 'good' : 'warn'} label={words[f.key][f.good ? 0 : 1]} />
  ));
}
