import type { Messages } from '../context';

export const waiting: Messages['waiting'] = {
  registered: {
    title: 'Il manque une étape : confirmez votre courriel',
    lead: 'Nous avons envoyé un lien à votre boîte. Votre demande nous parvient quand vous l’avez utilisé.',
  },
  pending: {
    title: 'Nous avons votre demande',
    lead: 'Une personne chez Callshu la lit. D’ici là, personne ne peut être appelé.',
  },
  rejected: {
    title: 'Nous n’avons pas pu approuver votre demande',
    lead: 'Une personne chez Callshu l’a examinée et l’a refusée, pour cette raison :',
    next: 'S’il y a un malentendu, répondez au courriel que nous vous avons envoyé. Une personne le lira.',
  },
  suspended: {
    title: 'Votre compte est suspendu',
    lead: 'Aucun appel ni texto ne part pour votre entreprise. Vos données restent comme elles sont. La raison :',
    next: 'Répondez au courriel que nous vous avons envoyé pour en parler à une personne.',
  },
  noReason: 'Aucune raison n’a été écrite. Demandez-la-nous.',
  stepsTitle: 'La suite',
  steps: {
    sent: 'Vous avez envoyé la demande',
    review: 'Une personne vérifie l’entreprise et le but des appels',
    by: (when) => `Réponse au plus tard ${when}`,
    mail: 'Vous recevez un courriel, et votre numéro d’appel est attribué',
    first: 'Vous importez votre liste et le consentement est demandé à chaque personne',
  },
  sentTitle: 'Ce que vous avez envoyé',
  facts: {
    legal_name: 'Nom légal',
    spoken_name: 'Nom tel que prononcé',
    registry_number: 'Numéro d’entreprise',
    country: 'Pays et province ou État',
    website: 'Site Web',
    employee_count: 'Employés',
    use_case: 'But des appels',
    callback_number: 'Numéro de rappel',
    contact_address: 'Adresse de contact',
  },
  meanwhileTitle: 'Entre-temps',
  refresh: 'Vérifier de nouveau',
  stillWaiting: 'Rien de nouveau.',
};
