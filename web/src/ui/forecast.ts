import type { Forecast } from '../api/types';
import type { Messages } from '../messages/context';
import { formatTime } from './time';

/** A forecast in one sentence, its times with their zone. */
export function forecastText(f: Forecast, m: Messages): string {
  const t = m.common.forecast;
  const when = (iso: string) => formatTime(iso, f.time_zone, m.common.locale);
  const head = [t.people(f.people)];
  if (f.rate_per_minute > 0) head.push(t.pace(f.rate_per_minute));
  if (f.zones > 1) head.push(t.zones(f.zones));
  const parts: string[] = [];
  if (f.today_done_at) {
    // A number only where not everybody is meant.
    parts.push(f.today === f.people ? t.done(when(f.today_done_at)) : t.today(f.today, when(f.today_done_at)));
  }
  if (f.later_from && f.done_at) parts.push(t.later(f.later, when(f.later_from), when(f.done_at)));
  if (f.never > 0) parts.push(t.never(f.never));
  return `${head.join(', ')}: ${parts.join('; ')}. ${m.common.timesIn(f.time_zone)}.`;
}
