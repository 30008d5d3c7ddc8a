import { Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { IconPhoneCall } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Language } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { FormFailure } from '../../ui/FormFailure';
import { problemText } from '../../ui/Notice';

/** States after which nothing more happens to a preview call. */
const ENDED = ['completed', 'busy', 'no_answer', 'failed', 'canceled', 'not_placed'];

interface PreviewButtonsProps {
  id: string;
  languages: Language[];
  ready: boolean;
}

/** Rings the user's own phone with exactly this call. */
export function PreviewButtons({ id, languages, ready }: PreviewButtonsProps) {
  const m = useMessages();
  const t = m.composer.preview;
  const { user } = useMe();
  const [attempt, setAttempt] = useState<string | null>(null);
  const ring = $api.useMutation('post', '/api/v1/previews', { onSuccess: (a) => setAttempt(a.attempt_id) });
  if (!user.phone_verified) {
    return (
      <Text size="sm">
        {t.needPhone} <Anchor renderRoot={(p) => <Link to="/settings" {...p} />}>{t.toSettings}</Anchor>
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {languages.map((language) => (
          <Button
            key={language}
            variant="default"
            leftSection={<IconPhoneCall size={17} aria-hidden />}
            disabled={!ready}
            loading={ring.isPending && ring.variables.body.language === language}
            onClick={() => {
              setAttempt(null);
              ring.mutate({ body: { campaign_id: id, language } });
            }}
          >
            {languages.length > 1 ? t.buttonIn(m.composer.languages[language]) : t.button}
          </Button>
        ))}
      </Group>
      <Text size="xs" c="dimmed">
        {t.hint}
      </Text>
      <FormFailure text={ring.error ? problemText(toProblem(ring.error), m) : null} />
      {attempt && <PreviewState attempt={attempt} />}
    </Stack>
  );
}

function PreviewState({ attempt }: { attempt: string }) {
  const t = useMessages().composer.preview;
  const { data } = $api.useQuery(
    'get',
    '/api/v1/previews/{id}',
    { params: { path: { id: attempt } } },
    { refetchInterval: (q) => (q.state.data && ENDED.includes(q.state.data.state) ? false : 1000) },
  );
  return (
    <Text size="sm" role="status">
      {data ? (t.states[data.state] ?? data.state) : t.states.placing}
      {data?.answer ? `. ${t.pressed(data.answer)}` : ''}
    </Text>
  );
}
