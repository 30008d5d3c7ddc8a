import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconDeviceFloppy } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { $api } from '../../api/client';
import type { SavedMessage } from '../../api/types';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { done } from '../../ui/toast';
import { useUndo } from '../../ui/undo';
import { useApiForm } from '../../ui/useApiForm';
import type { DraftForm } from './Composer';
import { contentInput, wordsOf } from './draft';

const LIST = ['get', '/api/v1/saved-messages'];
/** As many as one page of the API gives; the others are found on the page of saved messages. */
const OFFERED = 100;

function useSaved() {
  return $api.useQuery('get', '/api/v1/saved-messages', { params: { query: { limit: OFFERED } } });
}

interface SavedMessagesProps {
  form: DraftForm;
  /** Whether the words are complete enough to be kept. */
  complete: boolean;
}

/** Words to start from, and the words written here to keep. The draft has a copy: neither changes the other. */
export function SavedMessages({ form, complete }: SavedMessagesProps) {
  const m = useMessages();
  const t = m.composer.saved;
  const list = useSaved();
  const [keeping, setKeeping] = useState(false);
  const items = list.data?.items ?? [];
  const start = useStart(form);
  return (
    <>
      <Group gap="sm" align="flex-end">
        {items.length > 0 && (
          <Select
            label={t.start}
            placeholder={t.placeholder}
            data={items.map((s) => ({ value: s.id, label: s.name }))}
            value={null}
            onChange={(id) => start(items.find((s) => s.id === id))}
            searchable
            nothingFoundMessage={t.notFound}
            style={{ flex: '1 1 260px' }}
          />
        )}
        <Button
          variant="default"
          disabled={!complete}
          leftSection={<IconDeviceFloppy size={17} aria-hidden />}
          onClick={() => setKeeping(true)}
        >
          {t.keep}
        </Button>
      </Group>
      <Modal opened={keeping} onClose={() => setKeeping(false)} title={t.keep}>
        {keeping && <KeepForm draft={form} names={items} onClose={() => setKeeping(false)} />}
      </Modal>
    </>
  );
}

/** Puts a message's words into the draft. What was there comes back until the new words are changed. */
function useStart(form: DraftForm): (message: SavedMessage | undefined) => void {
  const t = useMessages().composer.saved;
  const { offer, withdraw } = useUndo();
  const taken = useRef('');
  const words = JSON.stringify(form.getValues().content);
  // The way back would take with it what has been written since.
  useEffect(() => {
    if (words !== taken.current) withdraw();
  }, [words, withdraw]);
  return (message) => {
    if (!message) return;
    const before = form.getValues().content;
    const content = wordsOf(message.content);
    taken.current = JSON.stringify(content);
    withdraw();
    form.setFieldValue('content', content);
    offer(t.loaded(message.name), () => form.setFieldValue('content', before));
  };
}

interface KeepFormProps {
  draft: DraftForm;
  names: { id: string; name: string }[];
  onClose: () => void;
}

/** Keeps the words under a name; under one that exists they take its place. */
function KeepForm({ draft, names, onClose }: KeepFormProps) {
  const m = useMessages();
  const t = m.composer.saved;
  const queries = useQueryClient();
  const form = useApiForm({ initialValues: { name: draft.getValues().name } });
  const typed = form.getValues().name.trim().toLocaleLowerCase();
  const existing = names.find((s) => s.name.toLocaleLowerCase() === typed);
  const handlers = {
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: LIST });
      onClose();
      done(t.kept);
    },
    onError: form.refuse,
  };
  const create = $api.useMutation('post', '/api/v1/saved-messages', handlers);
  const replace = $api.useMutation('patch', '/api/v1/saved-messages/{id}', handlers);
  return (
    <form
      onSubmit={form.onSubmit(({ name }) => {
        form.clearFailure();
        const content = contentInput(draft.getValues());
        if (existing) replace.mutate({ params: { path: { id: existing.id } }, body: { content } });
        else create.mutate({ body: { name, content } });
      })}
    >
      <Stack>
        <Text size="sm">{t.keepText}</Text>
        <TextInput
          label={t.name}
          description={existing ? t.replaceHint(existing.name) : undefined}
          maxLength={120}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <FormFailure text={form.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" loading={create.isPending || replace.isPending}>
            {existing ? t.replace : t.keepIt}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
