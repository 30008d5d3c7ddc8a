import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { Live } from '../../live/useLive';
import { MessagesProvider } from '../../messages/context';
import { en } from '../../messages/en';
import { LiveBadge } from './LiveBadge';

const t = en.campaigns.live;

function show(state: Live['state'], standing: { paused?: boolean; held?: boolean } = {}) {
  const live = { state, updatedAt: Date.now() } as Live;
  render(
    <MantineProvider>
      <MessagesProvider messages={en}>
        <LiveBadge live={live} paused={false} held={false} {...standing} reached={1} of={2} />
      </MessagesProvider>
    </MantineProvider>,
  );
  const shown = (label: string) => screen.queryByText(label) !== null;
  return { live: shown(t.state.live), paused: shown(t.paused), reconnecting: shown(t.state.reconnecting) };
}

it('says that figures arrive', () => {
  expect(show('live')).toEqual({ live: true, paused: false, reconnecting: false });
});

it('leaves a pause to the campaign’s own state', () => {
  expect(show('live', { paused: true })).toEqual({ live: false, paused: false, reconnecting: false });
});

it('says that Callshu has paused the calls of a campaign that itself runs', () => {
  expect(show('live', { held: true })).toEqual({ live: false, paused: true, reconnecting: false });
});

it('says whatever the pause that the figures may be old', () => {
  expect(show('reconnecting', { paused: true, held: true })).toEqual({
    live: false,
    paused: false,
    reconnecting: true,
  });
});
