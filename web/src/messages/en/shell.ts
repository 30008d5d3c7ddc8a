export const shell = {
  nav: {
    label: 'Main',
    home: 'Home',
    campaigns: 'Campaigns',
    employees: 'Employees',
    inbox: 'Inbox',
    audit: 'Audit',
    settings: 'Settings',
  },
  operatorNav: {
    label: 'Operator console',
    accounts: 'Accounts',
    applications: 'Applications',
    audit: 'Audit',
    dialling: 'Dialling',
    optOuts: 'Opt-outs',
  },
  operatorBrand: 'Operator console',
  openMenu: 'Open the menu',
  closeMenu: 'Close the menu',
  runningCampaign: (name: string) => `“${name}” is running.`,
  watch: 'Watch it',
};
