import { screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { en } from '../../messages/en';
import { renderApp, signedIn, stubApi } from '../../test/app';
import { formatTime } from '../../ui/time';

const t = en.campaigns.proof;
const zone = 'America/Toronto';

const yes = {
  at: '2026-11-20T15:00:00Z',
  provider_at: null,
  kind: 'opted_in',
  channel: 'sms',
  actor: 'employee',
  actor_name: '',
  wording_version: 'invitation-3',
  wording_hash: 'ab',
  text: 'May Maple Ridge call you?',
  inbound_text: 'Oui',
  message_sid: 'SMyes',
  call_sid: '',
  language: 'en',
  note: '',
};

const attempt = {
  id: 'x1',
  state: 'no_answer',
  call_sid: 'CA0001',
  from: '+14165550100',
  language: 'en',
  checked_at: '2026-11-23T15:00:01Z',
  consent_event_id: 41,
  consent: yes,
  hours: { from: '2026-11-23T14:01:00Z', until: '2026-11-24T02:29:00Z' },
  placed_at: '2026-11-23T15:00:02Z',
  ringing_at: '2026-11-23T15:00:04Z',
  answered_at: null,
  ended_at: '2026-11-23T15:00:34Z',
  duration_s: null,
  answered_by: '',
  heard: '',
  answer: null,
  answer_label: '',
  answered_early: false,
  end_requested: '',
  error_code: 0,
  error: '',
};

function proof(changes: object = {}, recipient: object = {}) {
  return {
    recipient: {
      id: 'r1',
      employee_id: 'e1',
      position: 3,
      name: 'Zoe Lavoie',
      phone_masked: '+1•••••0101',
      language: 'en',
      state: 'answered',
      reason: '',
      answer: 2,
      answer_label: 'you have a question',
      answered_early: false,
      answered_at: null,
      attempts_made: 2,
      due_at: '2026-11-23T15:00:00Z',
      open_from: '2026-11-23T14:01:00Z',
      finished_at: null,
      last_attempt: null,
      answered_by_callback: false,
      call_back: null,
      ...recipient,
    },
    campaign: {
      id: 'c1',
      name: 'Plant closed',
      status: 'finished',
      launched_at: '2026-11-23T15:00:00Z',
      launched_by: 'Ada Byron',
      plan_hash: 'f00d',
      manifest_hash: 'cafe',
      manifest_total: 20,
    },
    hours: {
      country: 'CA',
      time_zones: [zone],
      open_from: '2026-11-23T14:01:00Z',
      open_until: '2026-11-24T02:29:00Z',
    },
    attempts: [
      attempt,
      {
        ...attempt,
        id: 'x2',
        state: 'completed',
        call_sid: 'CA0002',
        heard: 'message',
        answer: 2,
        answer_label: 'you have a question',
        hours: null,
      },
    ],
    call_backs: [{ call_sid: 'CAback', at: '2026-11-23T16:00:00Z', heard: 'caller', answer: null }],
    consent: { state: 'opted_out', event: { ...yes, kind: 'opted_out', at: '2026-11-24T15:00:00Z' } },
    messages: [],
    ...changes,
  };
}

function show(body: object) {
  stubApi({
    'GET /me': () => signedIn(),
    'GET /inbox/count': () => ({ body: { open: 0 } }),
    'GET /campaigns/c1/recipients/r1': () => ({ body }),
  });
  renderApp('/campaigns/c1/people/r1');
}

const section = async (name: string) => within(await screen.findByRole('region', { name }));

it('tells of every call what it relied on, when that was checked, in which hours, and the carrier’s id', async () => {
  show(proof());
  expect(await screen.findByRole('heading', { level: 1, name: t.title('Zoe Lavoie') })).toBeVisible();
  const calls = await section(t.calls);
  expect(calls.getByText(t.call(1, t.callStates.no_answer ?? ''))).toBeVisible();
  expect(calls.getByText('CA0001')).toBeVisible();
  expect(calls.getByText('CA0002')).toBeVisible();
  expect(calls.getByText('CAback')).toBeVisible();
  expect(calls.getAllByText(`${formatTime('2026-11-23T15:00:01Z', zone, 'en-CA', 'exact')} ${zone}`)).toHaveLength(2);
  expect(calls.getByText(/23, 2026, 09:01 to .*23, 2026, 21:29 America\/Toronto/)).toBeVisible();
  // No hours are claimed where the person's place was changed since.
  expect(calls.getByText(t.placeChanged)).toBeVisible();
  expect(calls.getAllByText(t.rowOfLedger(41))).toHaveLength(2);
  expect(calls.getByText('2 you have a question')).toBeVisible();
});

it('shows the yes itself, once, and beside it what stands now', async () => {
  show(proof());
  const consent = await section(t.consentTitle);
  expect(consent.getAllByText(new RegExp(en.employees.events.opted_in ?? ''))).toHaveLength(1);
  expect(consent.getByText('“Oui”')).toBeVisible();
  expect(consent.getByText('“May Maple Ridge call you?”')).toBeVisible();
  expect(consent.getByText('invitation-3')).toBeVisible();
  expect(consent.getByText('SMyes')).toBeVisible();
  const list = await section(t.listTitle);
  expect(list.getByText(t.position(3, 20))).toBeVisible();
  expect(list.getByText('cafe')).toBeVisible();
  expect(list.getByText(/Ada Byron/)).toBeVisible();
  expect(list.getByText(en.employees.consent.opted_out)).toBeVisible();
});

it('says of a phone that did not ring why not', async () => {
  show(
    proof(
      { attempts: [], call_backs: [], consent: { state: 'none', event: null } },
      { state: 'skipped', reason: 'not_invited', answer: null, answer_label: '' },
    ),
  );
  expect(await screen.findByRole('heading', { level: 1, name: t.titleNot('Zoe Lavoie') })).toBeVisible();
  expect(screen.getByText(t.noConsent)).toBeVisible();
  expect(screen.getByText(new RegExp(en.composer.plan.reasons.not_invited ?? '-'))).toBeVisible();
});
