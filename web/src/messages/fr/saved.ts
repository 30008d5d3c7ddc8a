import type { Messages } from '../context';

export const saved: Messages['saved'] = {
  title: 'Messages enregistrés',
  lead: 'Des mots, une voix et des réponses pour commencer une campagne. Chaque campagne a sa propre copie : rien de ce que vous faites ici ne la change.',
  link: 'Messages enregistrés',
  columns: { name: 'Nom', words: 'Ce qui est dit', changed: 'Dernier changement' },
  by: (who) => `par ${who}`,
  use: 'L’utiliser',
  withNamed: (name) => `Écrire une campagne avec ${name}`,
  rename: 'Renommer',
  renameNamed: (name) => `Renommer ${name}`,
  renamed: 'Renommé.',
  name: 'Nom',
  deleteNamed: (name) => `Supprimer ${name}`,
  deleted: (name) => `« ${name} » est supprimé.`,
  noneTitle: 'Aucun message enregistré',
  none: 'Pendant que vous écrivez une campagne, « Enregistrer ce message » garde ses mots pour la suivante.',
};
