import { useMessages } from '../messages/context';
import { formatTime, type TimeStyle } from './time';

/** Writes instants as the language of the screen does. */
export function useFormatTime(): (iso: string, zone: string, style?: TimeStyle) => string {
  const { locale } = useMessages().common;
  return (iso, zone, style) => formatTime(iso, zone, locale, style);
}
