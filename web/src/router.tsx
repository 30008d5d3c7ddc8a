import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
} from '@tanstack/react-router';
import { Root } from './Root';
import * as search from './search';
import { fetchOperator } from './session/operator';
import { fetchMe } from './session/session';
import { CrashPage, NotFoundPage } from './shell/Fallbacks';

interface Context {
  queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Root, notFoundComponent: NotFoundPage });

/** Lets only approved employers through; the others go to where their case stands. */
async function employersOnly({ context, location }: { context: Context; location: { href: string } }) {
  const me = await fetchMe(context.queries);
  if (!me) throw redirect({ to: '/login', search: { next: location.href } });
  if (me.account.status !== 'active') throw redirect({ to: '/waiting' });
}

const publicShell = createRoute({
  getParentRoute: () => root,
  id: 'public',
  component: lazyRouteComponent(() => import('./shell/PublicShell'), 'PublicShell'),
});

const landing = createRoute({
  getParentRoute: () => publicShell,
  path: '/',
  component: lazyRouteComponent(() => import('./features/public/LandingPage'), 'LandingPage'),
});

const register = createRoute({
  getParentRoute: () => publicShell,
  path: '/register',
  component: lazyRouteComponent(() => import('./features/register/RegisterPage'), 'RegisterPage'),
});

const verifyEmail = createRoute({
  getParentRoute: () => publicShell,
  path: '/verify-email',
  component: lazyRouteComponent(() => import('./features/register/VerifyEmailPage'), 'VerifyEmailPage'),
});

const login = createRoute({
  getParentRoute: () => publicShell,
  path: '/login',
  validateSearch: search.login,
  component: lazyRouteComponent(() => import('./features/signin/LoginPage'), 'LoginPage'),
});

const forgot = createRoute({
  getParentRoute: () => publicShell,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('./features/signin/ForgotPage'), 'ForgotPage'),
});

const reset = createRoute({
  getParentRoute: () => publicShell,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('./features/signin/ResetPage'), 'ResetPage'),
});

const acceptInvite = createRoute({
  getParentRoute: () => publicShell,
  path: '/accept-invitation',
  component: lazyRouteComponent(() => import('./features/register/AcceptInvitePage'), 'AcceptInvitePage'),
});

const confirmEmail = createRoute({
  getParentRoute: () => publicShell,
  path: '/confirm-email',
  component: lazyRouteComponent(() => import('./features/signin/ConfirmEmailPage'), 'ConfirmEmailPage'),
});

const waiting = createRoute({
  getParentRoute: () => root,
  path: '/waiting',
  beforeLoad: async ({ context, location }) => {
    const me = await fetchMe(context.queries);
    if (!me) throw redirect({ to: '/login', search: { next: location.href } });
    if (me.account.status === 'active') throw redirect({ to: '/home' });
  },
  component: lazyRouteComponent(() => import('./features/waiting/WaitingPage'), 'WaitingPage'),
});

const employer = createRoute({
  getParentRoute: () => root,
  id: 'employer',
  beforeLoad: employersOnly,
  component: lazyRouteComponent(() => import('./shell/EmployerShell'), 'EmployerShell'),
});

const home = createRoute({
  getParentRoute: () => employer,
  path: '/home',
  component: lazyRouteComponent(() => import('./features/home/HomePage'), 'HomePage'),
});

const employees = createRoute({
  getParentRoute: () => employer,
  path: '/employees',
  validateSearch: search.employees,
  component: lazyRouteComponent(() => import('./features/employees/EmployeesPage'), 'EmployeesPage'),
});

const importEmployees = createRoute({
  getParentRoute: () => employer,
  path: '/employees/import',
  component: lazyRouteComponent(() => import('./features/import/ImportPage'), 'ImportPage'),
});

const importFile = createRoute({
  getParentRoute: () => employer,
  path: '/employees/import/$id',
  validateSearch: search.importFile,
  component: lazyRouteComponent(() => import('./features/import/FilePage'), 'FilePage'),
});

const campaigns = createRoute({
  getParentRoute: () => employer,
  path: '/campaigns',
  validateSearch: search.campaigns,
  component: lazyRouteComponent(() => import('./features/campaigns/CampaignsPage'), 'CampaignsPage'),
});

const saved = createRoute({
  getParentRoute: () => employer,
  path: '/saved-messages',
  component: lazyRouteComponent(() => import('./features/saved/SavedPage'), 'SavedPage'),
});
const editCampaign = createRoute({
  getParentRoute: () => employer,
  path: '/campaigns/$id/edit',
  component: lazyRouteComponent(() => import('./features/composer/ComposerPage'), 'ComposerPage'),
});

const campaign = createRoute({
  getParentRoute: () => employer,
  path: '/campaigns/$id',
  validateSearch: search.roster,
  component: lazyRouteComponent(() => import('./features/campaign/CampaignPage'), 'CampaignPage'),
});

const recipient = createRoute({
  getParentRoute: () => employer,
  path: '/campaigns/$id/people/$rid',
  component: lazyRouteComponent(() => import('./features/campaign/ProofPage'), 'ProofPage'),
});

const inbox = createRoute({
  getParentRoute: () => employer,
  path: '/inbox',
  validateSearch: search.inbox,
  component: lazyRouteComponent(() => import('./features/inbox/InboxPage'), 'InboxPage'),
});

const audit = createRoute({
  getParentRoute: () => employer,
  path: '/audit',
  validateSearch: search.audit,
  component: lazyRouteComponent(() => import('./features/audit/AuditPage'), 'AuditPage'),
});

const users = createRoute({
  getParentRoute: () => employer,
  path: '/users',
  component: lazyRouteComponent(() => import('./features/users/UsersPage'), 'UsersPage'),
});

const settings = createRoute({
  getParentRoute: () => employer,
  path: '/settings',
  component: lazyRouteComponent(() => import('./features/settings/SettingsPage'), 'SettingsPage'),
});

const operatorLogin = createRoute({
  getParentRoute: () => root,
  path: '/operator/login',
  validateSearch: search.login,
  component: lazyRouteComponent(() => import('./features/operator/OperatorLoginPage'), 'OperatorLoginPage'),
});

const operator = createRoute({
  getParentRoute: () => root,
  path: '/operator',
  beforeLoad: async ({ context, location }) => {
    const me = await fetchOperator(context.queries);
    if (!me) throw redirect({ to: '/operator/login', search: { next: location.href } });
  },
  component: lazyRouteComponent(() => import('./shell/OperatorShell'), 'OperatorShell'),
});

const operatorIndex = createRoute({
  getParentRoute: () => operator,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/operator/applications' });
  },
});

const applications = createRoute({
  getParentRoute: () => operator,
  path: '/applications',
  component: lazyRouteComponent(() => import('./features/operator/ApplicationsPage'), 'ApplicationsPage'),
});

const accounts = createRoute({
  getParentRoute: () => operator,
  path: '/accounts',
  validateSearch: search.accounts,
  component: lazyRouteComponent(() => import('./features/operator/AccountsPage'), 'AccountsPage'),
});

const account = createRoute({
  getParentRoute: () => operator,
  path: '/accounts/$id',
  component: lazyRouteComponent(() => import('./features/operator/AccountPage'), 'AccountPage'),
});

const operatorAudit = createRoute({
  getParentRoute: () => operator,
  path: '/audit',
  validateSearch: search.operatorAudit,
  component: lazyRouteComponent(() => import('./features/operator/OperatorAuditPage'), 'OperatorAuditPage'),
});

const reports = createRoute({
  getParentRoute: () => operator,
  path: '/reports',
  component: lazyRouteComponent(() => import('./features/operator/ReportsPage'), 'ReportsPage'),
});

const dialling = createRoute({
  getParentRoute: () => operator,
  path: '/dialling',
  component: lazyRouteComponent(() => import('./features/operator/DiallingPage'), 'DiallingPage'),
});

const ownSignIn = createRoute({
  getParentRoute: () => operator,
  path: '/own',
  component: lazyRouteComponent(() => import('./features/operator/OwnSignInPage'), 'OwnSignInPage'),
});

const optOuts = createRoute({
  getParentRoute: () => operator,
  path: '/opt-outs',
  component: lazyRouteComponent(() => import('./features/operator/OptOutsPage'), 'OptOutsPage'),
});

const tree = root.addChildren([
  publicShell.addChildren([landing, register, verifyEmail, login, forgot, reset, acceptInvite, confirmEmail]),
  waiting,
  employer.addChildren([
    home,
    employees,
    importEmployees,
    importFile,
    campaigns,
    saved,
    editCampaign,
    campaign,
    recipient,
    inbox,
    audit,
    settings,
    users,
  ]),
  operatorLogin,
  operator.addChildren([
    operatorIndex,
    applications,
    accounts,
    account,
    optOuts,
    operatorAudit,
    reports,
    dialling,
    ownSignIn,
  ]),
]);

/** The routes over one query client; tests pass a history in memory. */
export function newRouter(queries: QueryClient, history?: RouterHistory) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    history,
    defaultPreload: 'intent',
    // Freshness is the query client's business.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
