import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { InboxText } from '../../api/types';
import { useMessages } from '../../messages/context';
import { CONTENT_ID } from '../../shell/SkipLink';
import { FormFailure } from '../../ui/FormFailure';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';
import classes from './Inbox.module.css';
import { writer } from './writer';

export type Decision = 'no_action' | 'opt_out';

interface DecideProps {
  asked: { text: InboxText; decision: Decision } | null;
  onClose: () => void;
}

/** The last question about a text: what the decision does, and that it stays. */
export function Decide({ asked, onClose }: DecideProps) {
  const t = useMessages().inbox;
  const title = !asked ? '' : asked.decision === 'opt_out' ? t.optOutTitle(writer(asked.text)) : t.noActionTitle;
  return (
    <Modal opened={asked !== null} onClose={onClose} title={title}>
      {asked && <Body {...asked} onClose={onClose} />}
    </Modal>
  );
}

function Body({ text, decision, onClose }: { text: InboxText; decision: Decision; onClose: () => void }) {
  const m = useMessages();
  const t = m.inbox;
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const form = useApiForm({ mode: 'uncontrolled', initialValues: { note: '' } });
  const stops = decision === 'opt_out';
  const ready = !stops || typed.trim() === t.optOutWord;
  const look = () => {
    void queries.invalidateQueries({ queryKey: ['get', '/api/v1/inbox'] });
    void queries.invalidateQueries({ queryKey: ['get', '/api/v1/inbox/count'] });
  };
  const resolve = $api.useMutation('post', '/api/v1/inbox/{id}/resolve', {
    onSuccess: () => {
      done(stops ? t.optOutDone : t.noActionDone);
      look();
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/employees'] });
      onClose();
      // The button that opened this is gone with its text.
      requestAnimationFrame(() => document.getElementById(CONTENT_ID)?.focus({ preventScroll: true }));
    },
    onError: (e) => {
      form.refuse(e);
      if (toProblem(e).status === 409) look(); // a colleague was faster
    },
  });
  return (
    <form
      onSubmit={form.onSubmit(({ note }) => {
        if (!ready) return;
        form.clearFailure();
        resolve.mutate({ params: { path: { id: text.id } }, body: { action: decision, note } });
      })}
    >
      <Stack>
        <Text component="blockquote" size="sm" className={classes.words}>
          {text.text}
        </Text>
        <Text size="sm">{stops ? t.optOutText : t.noActionText}</Text>
        {stops && (
          <Text size="sm" fw={550}>
            {t.optOutFinal}
          </Text>
        )}
        <Textarea
          label={t.note}
          description={t.noteHint}
          autosize
          minRows={2}
          maxLength={500}
          key={form.key('note')}
          {...form.getInputProps('note')}
        />
        {stops && (
          <TextInput
            label={m.common.typeToConfirm(t.optOutWord)}
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        <FormFailure text={form.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" color={stops ? 'red' : undefined} disabled={!ready} loading={resolve.isPending}>
            {stops ? t.optOut : t.noAction}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
