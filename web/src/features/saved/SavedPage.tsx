import { ActionIcon, Anchor, Button, Group, Text } from '@mantine/core';
import { IconArrowLeft, IconMessage2, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { SavedMessage } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { type Column, DataTable } from '../../ui/DataTable';
import { Empty } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Pager } from '../../ui/Pager';
import { Time } from '../../ui/Time';
import { refused } from '../../ui/toast';
import { useUndo } from '../../ui/undo';
import { useCursors } from '../../ui/useCursors';
import { RenameDialog } from './RenameDialog';

/** The messages that campaigns can start from: to use, rename and delete. */
export function SavedPage() {
  const m = useMessages();
  const t = m.saved;
  const { account } = useMe();
  const walk = useCursors('');
  const query = { limit: 25, ...(walk.cursor ? { cursor: walk.cursor } : {}) };
  const list = $api.useQuery(
    'get',
    '/api/v1/saved-messages',
    { params: { query } },
    { placeholderData: keepPreviousData },
  );
  const [renaming, setRenaming] = useState<SavedMessage | null>(null);
  const columns = useColumns(account.time_zone, setRenaming);
  return (
    <Page
      title={t.title}
      description={t.lead}
      above={
        <Anchor size="sm" renderRoot={(p) => <Link to="/campaigns" {...p} />}>
          <Group gap={4} component="span">
            <IconArrowLeft size={15} aria-hidden />
            {m.composer.back}
          </Group>
        </Anchor>
      }
    >
      <DataTable
        label={t.title}
        columns={columns}
        rows={list.data?.items}
        rowId={(s) => s.id}
        error={list.error}
        onRetry={list.refetch}
        stale={list.isPlaceholderData}
        empty={
          <Empty icon={<IconMessage2 size={34} stroke={1.4} />} title={t.noneTitle} action={<Write />}>
            {t.none}
          </Empty>
        }
        footer={<Pager walk={walk} next={list.data?.next_cursor} zone={account.time_zone} />}
      />
      <RenameDialog message={renaming} onClose={() => setRenaming(null)} />
    </Page>
  );
}

function Write() {
  const t = useMessages().campaigns;
  return (
    <Button
      leftSection={<IconPlus size={17} aria-hidden />}
      renderRoot={(p) => <Link to="/campaigns/$id/edit" params={{ id: 'new' }} {...p} />}
    >
      {t.write}
    </Button>
  );
}

function useColumns(zone: string, onRename: (s: SavedMessage) => void): Column<SavedMessage>[] {
  const t = useMessages().saved;
  const remove = useRemove();
  return [
    {
      key: 'name',
      header: t.columns.name,
      phone: 'lead',
      render: (s) => (
        <Text size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
          {s.name}
        </Text>
      ),
    },
    {
      key: 'words',
      header: t.columns.words,
      render: (s) => (
        <Text size="sm" lineClamp={2} lang={s.content.language_default}>
          {s.content.texts[s.content.language_default ?? 'en']?.message}
        </Text>
      ),
    },
    {
      key: 'changed',
      header: t.columns.changed,
      width: 210,
      render: (s) => (
        <Text size="sm">
          <Time at={s.updated_at} zone={zone} />
          <Text span size="xs" c="dimmed" display="block">
            {t.by(s.updated_by_name)}
          </Text>
        </Text>
      ),
    },
    {
      key: 'actions',
      header: '',
      align: 'end',
      render: (s) => (
        <Group gap={6} justify="flex-end" wrap="nowrap">
          <Button
            size="xs"
            variant="default"
            aria-label={t.withNamed(s.name)}
            renderRoot={(p) => (
              <Link to="/campaigns/$id/edit" params={{ id: 'new' }} state={{ message: s.content }} {...p} />
            )}
          >
            {t.use}
          </Button>
          <ActionIcon variant="subtle" aria-label={t.renameNamed(s.name)} onClick={() => onRename(s)}>
            <IconPencil size={17} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="subtle" color="red" aria-label={t.deleteNamed(s.name)} onClick={() => remove(s)}>
            <IconTrash size={17} aria-hidden />
          </ActionIcon>
        </Group>
      ),
    },
  ];
}

/** Deletes at once: the same message can be kept again while the page is open. */
function useRemove(): (s: SavedMessage) => void {
  const m = useMessages();
  const t = m.saved;
  const queries = useQueryClient();
  const back = useUndo();
  const again = () => void queries.invalidateQueries({ queryKey: ['get', '/api/v1/saved-messages'] });
  const onError = (e: unknown) => refused(e, m);
  const restore = $api.useMutation('post', '/api/v1/saved-messages', { onSuccess: again, onError });
  const remove = $api.useMutation('delete', '/api/v1/saved-messages/{id}', { onError });
  return ({ id, name, content }) =>
    remove.mutate(
      { params: { path: { id } } },
      {
        onSuccess: () => {
          again();
          back.offer(t.deleted(name), () => restore.mutate({ body: { name, content } }));
        },
      },
    );
}
