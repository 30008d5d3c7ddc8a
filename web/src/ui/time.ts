/** The zone of the person at the screen. */
export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** The zones of Canada and the United States: no other can be chosen for a person, a company or a start. */
export const zones: readonly string[] = (
  'America/Adak America/Anchorage America/Atikokan America/Blanc-Sablon America/Boise ' +
  'America/Cambridge_Bay America/Chicago America/Creston America/Dawson America/Dawson_Creek ' +
  'America/Denver America/Detroit America/Edmonton America/Fort_Nelson America/Glace_Bay ' +
  'America/Goose_Bay America/Halifax America/Indiana/Indianapolis America/Indiana/Knox ' +
  'America/Indiana/Marengo America/Indiana/Petersburg America/Indiana/Tell_City America/Indiana/Vevay ' +
  'America/Indiana/Vincennes America/Indiana/Winamac America/Inuvik America/Iqaluit America/Juneau ' +
  'America/Kentucky/Louisville America/Kentucky/Monticello America/Los_Angeles America/Menominee ' +
  'America/Metlakatla America/Moncton America/New_York America/Nome America/North_Dakota/Beulah ' +
  'America/North_Dakota/Center America/North_Dakota/New_Salem America/Phoenix America/Rankin_Inlet ' +
  'America/Regina America/Resolute America/Sitka America/St_Johns America/Swift_Current America/Toronto ' +
  'America/Vancouver America/Whitehorse America/Winnipeg America/Yakutat Pacific/Honolulu '
)
  .trim()
  .split(' ');

export type TimeStyle = 'full' | 'exact' | 'short' | 'clock' | 'date';

const styles: Record<TimeStyle, Intl.DateTimeFormatOptions> = {
  full: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  /** To the second, for what is compared with a carrier's record. */
  exact: {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  },
  short: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
};

/** An instant as wall time of a zone, 24 h. An unknown zone falls back to UTC rather than failing the page. */
export function formatTime(iso: string, zone: string, locale: string, style: TimeStyle = 'full'): string {
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

/** How far a zone's wall clock is ahead of UTC at an instant, in milliseconds. */
function offsetAt(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(at);
  const get = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  const wall = Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second'));
  return wall - Math.floor(at / 1000) * 1000;
}

/**
 * The instant at which a day (YYYY-MM-DD) begins in a zone, `days` later.
 * Clocks change at night in some zones, so the offset is looked up twice.
 */
export function dayStart(date: string, zone: string, days = 0): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const wall = Date.UTC(year, month - 1, day + days);
  const guess = wall - offsetAt(wall, zone);
  return new Date(wall - offsetAt(guess, zone)).toISOString();
}
