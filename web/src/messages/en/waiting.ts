export const waiting = {
  registered: {
    title: 'One step is missing: confirm your e-mail',
    lead: 'We sent a link to your mailbox. Your application reaches us when you have used it.',
  },
  pending: {
    title: 'Your application is with us',
    lead: 'A person at Callshu reads it. Until then nobody can be called.',
  },
  rejected: {
    title: 'We could not approve your application',
    lead: 'A person at Callshu looked at it and decided against it, for this reason:',
    next: 'If something was misunderstood, answer the mail we sent you. A person reads it.',
  },
  suspended: {
    title: 'Your account is suspended',
    lead: 'No calls or texts leave for your company. Your data stays as it is. The reason:',
    next: 'Answer the mail we sent you to talk to a person about it.',
  },
  noReason: 'No reason was written down. Please ask us.',
  stepsTitle: 'What happens next',
  steps: {
    sent: 'You sent the application',
    review: 'A person checks the company and the purpose',
    by: (when: string) => `Answer by ${when}`,
    mail: 'You get a mail, and your calling number is assigned',
    first: 'You import your list and people are asked for consent',
  },
  sentTitle: 'What you sent',
  facts: {
    legal_name: 'Legal name',
    spoken_name: 'Spoken name',
    registry_number: 'Registry number',
    country: 'Country and province or state',
    website: 'Website',
    employee_count: 'Employees',
    use_case: 'Purpose',
    callback_number: 'Call-back number',
    contact_address: 'Contact address',
  },
  meanwhileTitle: 'Meanwhile',
  refresh: 'Look again',
  stillWaiting: 'No news yet.',
};
