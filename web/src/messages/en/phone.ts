export const phone = {
  title: 'Your own phone',
  why: 'Confirm it once, and it can ring with your own messages before anybody else’s does.',
  number: 'Phone number',
  send: 'Text me a code',
  sentTo: (masked: string) => `We texted a six-digit code to ${masked}. It works for ten minutes.`,
  code: 'Code',
  verify: 'Confirm',
  other: 'Use another number',
  verified: 'Confirmed',
  change: 'Change the number',
};
