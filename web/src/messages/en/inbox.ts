const number = new Intl.NumberFormat('en-CA');

export const inbox = {
  title: 'Inbox',
  lead: 'Texts of your people that no known word fits. Nothing in them has changed consent: read them, and decide.',
  waiting: (n: number) => (n === 1 ? '1 text to read' : `${number.format(n)} texts to read`),
  show: 'Show',
  states: { open: 'To read', done: 'Decided' },
  search: 'Search by name or words',
  total: (n: number) => (n === 1 ? '1 text' : `${number.format(n)} texts`),
  gone: 'No longer on your list',
  open: (name: string) => `Open ${name}`,
  read: {
    unknown: 'No known word was found in it. It changed nothing.',
    yes: 'Read as YES with a number that was not asked for. It changed nothing.',
  } as Record<string, string>,
  now: 'Consent now',
  since: 'Since then',
  noSince: 'nothing has changed since',
  noAction: 'No action needed',
  noActionOf: (name: string) => `No action needed: text of ${name}`,
  optOut: 'It is an opt-out',
  optOutOf: (name: string) => `It is an opt-out: text of ${name}`,
  optOutTitle: (name: string) => `Stop all calls and texts to ${name}?`,
  optOutText:
    'It counts like STOP from the phone: no company that calls from this number can call or text the person any more. A call that rings now ends at once, and every campaign skips them.',
  optOutFinal:
    'You cannot take this back. Only the person can: by texting START to your number, and answering YES to what comes then.',
  optOutWord: 'STOP',
  noActionTitle: 'No action needed?',
  noActionText:
    'Consent stays as it is, and the person gets no answer. The text stays under “Decided”; you cannot take this back.',
  note: 'Note for your team',
  noteHint: 'Kept with the text. Leave it empty if there is nothing to say.',
  optOutDone: 'They are no longer called.',
  noActionDone: 'Decided: no action needed.',
  resolutions: {
    no_action: 'No action needed',
    opt_out: 'Recorded as an opt-out',
    settled: 'Settled by what they said later',
  },
  by: (who: string) => `by ${who}`,
  noneTitle: 'Nothing to read',
  none: 'When somebody sends a text that is not STOP, YES or another known word, it waits here for you.',
  noneDoneTitle: 'Nothing decided yet',
  noneDone: 'Texts that you or a later word of the person has decided stand here.',
  noMatchTitle: 'No text matches',
  noMatch: 'No text here holds these words, and nobody of this name wrote one.',
};
