export interface OptOutValues extends Record<string, unknown> {
  phone: string;
  scope: 'account' | 'platform';
  account_id: string | null;
  date: string | null;
  time: string;
  evidence: string;
  reason: string;
}

/** The form as the API takes it: wall time of this screen becomes an instant, and a company goes along only where one is meant. */
export function optOutBody(values: OptOutValues) {
  const { date, time, account_id, scope, ...rest } = values;
  return {
    ...rest,
    scope,
    ...(scope === 'account' && account_id ? { account_id } : {}),
    received_at: new Date(`${date}T${time || '00:00'}`).toISOString(),
  };
}

/** An instant as the date and time of this screen's clock. */
export function wallClock(at: Date): { date: string; time: string } {
  const two = (n: number) => String(n).padStart(2, '0');
  return {
    date: `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    time: `${two(at.getHours())}:${two(at.getMinutes())}`,
  };
}
