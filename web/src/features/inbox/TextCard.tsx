import { Anchor, Box, Button, Card, Group, Stack, Text } from '@mantine/core';
import { IconCheck, IconPhoneOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { InboxText } from '../../api/types';
import { useMessages } from '../../messages/context';
import { ConsentStatus } from '../../ui/domain';
import { Status, type Tone } from '../../ui/Status';
import { Time } from '../../ui/Time';
import type { Decision } from './Decide';
import classes from './Inbox.module.css';
import { writer } from './writer';

interface TextCardProps {
  text: InboxText;
  zone: string;
  onDecide: (decision: Decision) => void;
}

/** One text: who wrote it, the words, how they were read, and what may be done or was done. */
export function TextCard({ text, zone, onDecide }: TextCardProps) {
  const m = useMessages();
  const t = m.inbox;
  const name = writer(text);
  return (
    <Card withBorder padding="lg" component="article" aria-label={name}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" gap={4}>
          <Box style={{ minWidth: 0 }}>
            {text.employee_id ? (
              <Anchor
                fw={550}
                renderRoot={(p) => (
                  <Link
                    to="/employees"
                    search={{ open: text.employee_id ?? undefined }}
                    aria-label={t.open(name)}
                    {...p}
                  />
                )}
              >
                {name}
              </Anchor>
            ) : (
              <Text fw={550}>{t.gone}</Text>
            )}
            <Text size="sm" c="dimmed" className="figures">
              {text.phone_masked}
            </Text>
          </Box>
          <Text size="sm" c="dimmed" className="figures">
            <Time at={text.received_at} zone={zone} />
          </Text>
        </Group>
        <Text component="blockquote" className={classes.words}>
          {text.text}
        </Text>
        <Text size="sm" c="dimmed">
          {t.read[text.word] ?? t.read.unknown}
        </Text>
        <Consent text={text} zone={zone} />
        {text.resolution ? <Outcome text={text} zone={zone} /> : <Acts name={name} onDecide={onDecide} />}
      </Stack>
    </Card>
  );
}

function Consent({ text, zone }: { text: InboxText; zone: string }) {
  const m = useMessages();
  const t = m.inbox;
  return (
    <Group gap="xs">
      <Text size="sm">{t.now}:</Text>
      <ConsentStatus state={text.consent} />
      <Text size="sm" c="dimmed">
        {text.since ? (
          <>
            {t.since}: {m.employees.events[text.since.kind] ?? text.since.kind} ({m.employees.drawer.via}{' '}
            {m.employees.channels[text.since.channel] ?? text.since.channel},{' '}
            <Time at={text.since.at} zone={zone} style="short" />)
          </>
        ) : (
          t.noSince
        )}
      </Text>
    </Group>
  );
}

function Acts({ name, onDecide }: { name: string; onDecide: (decision: Decision) => void }) {
  const t = useMessages().inbox;
  return (
    <Group gap="xs" className={classes.acts}>
      <Button
        variant="default"
        leftSection={<IconCheck size={16} aria-hidden />}
        aria-label={t.noActionOf(name)}
        onClick={() => onDecide('no_action')}
      >
        {t.noAction}
      </Button>
      <Button
        color="red"
        variant="outline"
        leftSection={<IconPhoneOff size={16} aria-hidden />}
        aria-label={t.optOutOf(name)}
        onClick={() => onDecide('opt_out')}
      >
        {t.optOut}
      </Button>
    </Group>
  );
}

const tones: Record<NonNullable<InboxText['resolution']>, Tone> = {
  no_action: 'good',
  opt_out: 'stopped',
  settled: 'idle',
};

function Outcome({ text, zone }: { text: InboxText; zone: string }) {
  const t = useMessages().inbox;
  if (!text.resolution) return null;
  return (
    <Box>
      <Group gap="xs">
        <Status tone={tones[text.resolution]} label={t.resolutions[text.resolution]} />
        <Text size="sm" c="dimmed">
          {text.resolved_by_name && `${t.by(text.resolved_by_name)} · `}
          <Time at={text.resolved_at} zone={zone} style="short" />
        </Text>
      </Group>
      {text.note && (
        <Text size="sm" mt={6} style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
          {text.note}
        </Text>
      )}
    </Box>
  );
}
