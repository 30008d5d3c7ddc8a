import { audit } from './en/audit';
import { campaigns } from './en/campaigns';
import { common } from './en/common';
import { composer } from './en/composer';
import { employees } from './en/employees';
import { home } from './en/home';
import { importing } from './en/import';
import { inbox } from './en/inbox';
import { operator } from './en/operator';
import { phone } from './en/phone';
import { publicPages } from './en/public';
import { saved } from './en/saved';
import { settings } from './en/settings';
import { shell } from './en/shell';
import { accept, users } from './en/users';
import { waiting } from './en/waiting';

/** English, the complete catalogue: one section per part of the product. */
export const en = {
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
