import type { Messages } from '../context';

export const shell: Messages['shell'] = {
  nav: {
    label: 'Navigation principale',
    home: 'Accueil',
    campaigns: 'Campagnes',
    employees: 'Employés',
    inbox: 'Boîte de réception',
    audit: 'Journal',
    settings: 'Réglages',
  },
  operatorNav: {
    label: 'Console de Callshu',
    accounts: 'Comptes',
    applications: 'Demandes',
    audit: 'Journal',
    dialling: 'Appels',
    optOuts: 'Refus',
    own: 'Votre connexion',
    reports: 'Rapports',
  },
  operatorBrand: 'Console de Callshu',
  openMenu: 'Ouvrir le menu',
  closeMenu: 'Fermer le menu',
  runningCampaign: (name) => `« ${name} » est en cours.`,
  watch: 'La suivre',
};
