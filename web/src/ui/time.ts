/** The zone of the person at the screen. */
export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** All zones this browser knows, UTC included. */
export function allZones(): string[] {
  const zones = Intl.supportedValuesOf('timeZone');
  return zones.includes('UTC') ? zones : ['UTC', ...zones];
}

export type TimeStyle = 'full' | 'short' | 'clock' | 'date';

const styles: Record<TimeStyle, Intl.DateTimeFormatOptions> = {
  full: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  short: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
};

/** An instant as wall time of a zone, 24 h. An unknown zone falls back to UTC rather than failing the page. */
export function formatTime(iso: string, zone: string, style: TimeStyle = 'full', locale = 'en-CA'): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  const options: Intl.DateTimeFormatOptions = { ...styles[style], hourCycle: 'h23', timeZone: zone };
  try {
    return new Intl.DateTimeFormat(locale, options).format(at);
  } catch {
    return `${new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(at)} UTC`;
  }
}

/** Today's date in a zone as YYYY-MM-DD, for inputs that take wall dates. */
export function wallDate(at: Date, zone: string): string {
  return new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: zone }).format(
    at,
  );
}

/** A span in words, rounded to what a person plans with. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
