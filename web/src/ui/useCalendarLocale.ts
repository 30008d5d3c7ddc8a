import 'dayjs/locale/fr-ca';
import { useMessages } from '../messages/context';

/** How calendars call months and days. dayjs has English built in and names its locales in lower case. */
export const useCalendarLocale = () => (useMessages().common.language === 'fr' ? 'fr-ca' : 'en');
