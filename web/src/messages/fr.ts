import type { Messages } from './context';
import { audit } from './fr/audit';
import { campaigns } from './fr/campaigns';
import { common } from './fr/common';
import { composer } from './fr/composer';
import { employees } from './fr/employees';
import { home } from './fr/home';
import { importing } from './fr/import';
import { inbox } from './fr/inbox';
import { operator } from './fr/operator';
import { phone } from './fr/phone';
import { publicPages } from './fr/public';
import { saved } from './fr/saved';
import { settings } from './fr/settings';
import { shell } from './fr/shell';
import { accept, users } from './fr/users';
import { waiting } from './fr/waiting';

/** French as it is written in Canada, section by section as in English. */
export const fr: Messages = {
  common,
  public: publicPages,
  shell,
  waiting,
  phone,
  home,
  employees,
  importing,
  campaigns,
  composer,
  inbox,
  audit,
  saved,
  settings,
  users,
  accept,
  operator,
};
