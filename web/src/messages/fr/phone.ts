import type { Messages } from '../context';

export const phone: Messages['phone'] = {
  title: 'Votre propre téléphone',
  why: 'Confirmez-le une fois, et il pourra sonner avec vos messages avant celui de quiconque.',
  number: 'Numéro de téléphone',
  send: 'M’envoyer un code par texto',
  sentTo: (masked) => `Nous avons envoyé un code à six chiffres au ${masked}. Il est valable dix minutes.`,
  code: 'Code reçu',
  verify: 'Confirmer',
  other: 'Utiliser un autre numéro',
  verified: 'Confirmé',
  change: 'Changer le numéro',
};
