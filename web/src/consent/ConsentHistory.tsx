import { Box, Stack, Text, Timeline, Title } from '@mantine/core';
import { $api } from '../api/client';
import type { ConsentHistory as History } from '../api/types';
import { useMessages } from '../messages/context';
import { ErrorState, Loading } from '../ui/Notice';
import { Time } from '../ui/Time';

/** The ledger of one person, and the texts they were sent. */
export function ConsentHistory({ id, zone }: { id: string; zone: string }) {
  const t = useMessages().employees.drawer;
  const history = $api.useQuery(
    'get',
    '/api/v1/employees/{id}/consent',
    { params: { path: { id } } },
    { refetchInterval: 4_000 },
  );
  return (
    <Stack gap="lg">
      <Box>
        <Title order={3}>{t.history}</Title>
        <Text size="sm" c="dimmed" mb="md">
          {t.historyLead}
        </Text>
        {history.data ? (
          <Events events={history.data.events} zone={zone} />
        ) : history.error ? (
          <ErrorState error={history.error} onRetry={history.refetch} />
        ) : (
          <Loading lines={4} />
        )}
      </Box>
      {history.data && (
        <Box>
          <Title order={3} mb="sm">
            {t.texts}
          </Title>
          <Texts messages={history.data.messages} zone={zone} />
        </Box>
      )}
    </Stack>
  );
}

/** Later events name the same words again; once is enough to read. */
const WITH_TEXT = ['attested', 'invited'];

function Events({ events, zone }: { events: History['events']; zone: string }) {
  const m = useMessages();
  const t = m.employees;
  if (events.length === 0) return <Text size="sm">{t.drawer.noHistory}</Text>;
  const newestFirst = [...events].sort((a, b) => b.at.localeCompare(a.at));
  return (
    <Timeline bulletSize={14} lineWidth={2} active={newestFirst.length}>
      {newestFirst.map((e, i) => (
        <Timeline.Item
          // biome-ignore lint/suspicious/noArrayIndexKey: an append-only list; two events may share every field shown
          key={`${e.at} ${e.kind} ${newestFirst.length - i}`}
          title={<Text size="sm">{t.events[e.kind] ?? e.kind}</Text>}
        >
          <Text size="xs" c="dimmed">
            <Time at={e.at} zone={zone} withZone /> · {t.drawer.via} {t.channels[e.channel] ?? e.channel}
            {e.actor_name && ` · ${e.actor_name}`}
          </Text>
          {e.provider_at && (
            <Text size="xs" c="dimmed">
              {t.drawer.atCarrier}: <Time at={e.provider_at} zone={zone} withZone />
            </Text>
          )}
          {e.inbound_text && (
            <Text size="sm">
              {t.drawer.said}: “{e.inbound_text}”
            </Text>
          )}
          {e.note && (
            <Text size="sm" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>
              {t.drawer.note}: {e.note}
            </Text>
          )}
          {e.text && WITH_TEXT.includes(e.kind) && <Text size="sm">“{e.text}”</Text>}
          {e.wording_version && WITH_TEXT.includes(e.kind) && (
            <Text size="xs" c="dimmed">
              {t.drawer.wording} {e.wording_version}
            </Text>
          )}
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

/** Texts that somebody was sent, with what became of each. */
export function Texts({ messages, zone }: { messages: History['messages']; zone: string }) {
  const t = useMessages().employees;
  if (messages.length === 0) return <Text size="sm">{t.drawer.noTexts}</Text>;
  return (
    <Stack gap="sm">
      {messages.map((msg) => (
        <Box key={msg.id} className="keep-together">
          <Text size="xs" c="dimmed">
            <Time at={msg.created_at} zone={zone} withZone /> · {t.messageKinds[msg.kind] ?? msg.kind} ·{' '}
            {t.messageStates[msg.state] ?? msg.state}
            {msg.error_code > 0 && ` (${msg.error_code})`}
          </Text>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {msg.body}
          </Text>
          {msg.message_sid && (
            <Text size="xs" c="dimmed">
              {t.drawer.textId} <code>{msg.message_sid}</code>
            </Text>
          )}
          {msg.reason && (
            <Text size="xs" c="dimmed">
              {msg.reason}
            </Text>
          )}
        </Box>
      ))}
    </Stack>
  );
}
