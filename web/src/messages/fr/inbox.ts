import type { Messages } from '../context';
import { count } from './words';

export const inbox: Messages['inbox'] = {
  title: 'Boîte de réception',
  lead: 'Les textos de vos gens qui ne contiennent aucun mot connu. Rien là-dedans n’a changé un consentement : lisez-les, puis décidez.',
  waiting: (n) => `${count(n, 'texto')} à lire`,
  show: 'Afficher',
  states: { open: 'À lire', done: 'Décidés' },
  search: 'Chercher un nom ou des mots',
  total: (n) => count(n, 'texto'),
  gone: 'N’est plus dans votre liste',
  open: (name) => `Ouvrir ${name}`,
  read: {
    unknown: 'Aucun mot connu n’y a été trouvé. Rien n’a changé.',
    yes: 'Lu comme OUI avec un numéro qui n’avait pas été demandé. Rien n’a changé.',
  },
  now: 'Consentement actuel',
  since: 'Depuis',
  noSince: 'rien n’a changé depuis',
  noAction: 'Rien à faire',
  noActionOf: (name) => `Rien à faire : texto de ${name}`,
  optOut: 'C’est un refus',
  optOutOf: (name) => `C’est un refus : texto de ${name}`,
  optOutTitle: (name) => `Arrêter tous les appels et textos à ${name}?`,
  optOutText:
    'Cela compte comme ARRET envoyé du téléphone : aucune entreprise qui appelle de ce numéro ne peut plus appeler ni texter la personne. Un appel qui sonne maintenant se termine aussitôt, et chaque campagne passe la personne.',
  optOutFinal:
    'Vous ne pouvez pas annuler ceci. Seule la personne le peut : en textant START à votre numéro, puis en répondant OUI à ce qui suit.',
  optOutWord: 'ARRET',
  noActionTitle: 'Rien à faire?',
  noActionText:
    'Le consentement reste comme il est, et la personne ne reçoit pas de réponse. Le texto reste sous « Décidés »; vous ne pouvez pas annuler ceci.',
  note: 'Note pour votre équipe',
  noteHint: 'Gardée avec le texto. Laissez vide s’il n’y a rien à dire.',
  optOutDone: 'La personne n’est plus appelée.',
  noActionDone: 'Décidé : rien à faire.',
  resolutions: {
    no_action: 'Rien à faire',
    opt_out: 'Noté comme refus',
    settled: 'Réglé par ce que la personne a dit ensuite',
  },
  by: (who) => `par ${who}`,
  noneTitle: 'Rien à lire',
  none: 'Quand quelqu’un envoie un texto qui n’est ni ARRET, ni OUI, ni un autre mot connu, il vous attend ici.',
  noneDoneTitle: 'Rien de décidé pour l’instant',
  noneDone: 'Les textos que vous avez décidés, ou qu’un mot ultérieur de la personne a réglés, se trouvent ici.',
  noMatchTitle: 'Aucun texto ne correspond',
  noMatch: 'Aucun texto ne contient ces mots, et personne de ce nom n’en a écrit.',
};
