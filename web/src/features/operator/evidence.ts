import type { Application } from '../../api/types';

/** "www.shop.example.ca/about" and "info@example.ca" share the last two labels. */
export function sameDomain(email: string, website: string): boolean {
  const mail = email.split('@').at(-1)?.toLowerCase() ?? '';
  const host =
    website
      .toLowerCase()
      .replace(/^[a-z]+:\/\//, '')
      .split(/[/?#:]/)[0] ?? '';
  if (!mail.includes('.') || !host.includes('.')) return false;
  return mail === host || host.endsWith(`.${mail}`) || mail.endsWith(`.${bare(host)}`) || mail === bare(host);
}

const bare = (host: string) => host.replace(/^www\./, '');

export interface Finding {
  key: 'email' | 'phone' | 'mailbox' | 'domain';
  good: boolean;
}

/** What the application itself shows, before anybody looks anything up. */
export function findings(a: Application): Finding[] {
  return [
    { key: 'email', good: a.applicant.email_verified_at !== null },
    { key: 'phone', good: a.applicant.phone_verified },
    { key: 'mailbox', good: !a.applicant.free_mail },
    { key: 'domain', good: sameDomain(a.applicant.email, a.website) },
  ];
}
