import { Anchor, Button, Card, Group, Progress, Stack, Text, Title } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Employee, ImportFile } from '../../api/types';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { ConfirmTyped } from '../../ui/ConfirmTyped';
import { type Column, DataTable } from '../../ui/DataTable';
import { ConsentStatus } from '../../ui/domain';
import { problemText } from '../../ui/Notice';
import { Pager } from '../../ui/Pager';
import { formatPhone } from '../../ui/phone';
import { useCursors } from '../../ui/useCursors';
import { useKeepFile } from './useFile';
import { TYPED_ABOVE } from './wizard';

/** "412 people are not in this file: archive?" The server says who, and counts anew. */
export function Gone({ file }: { file: ImportFile }) {
  const m = useMessages();
  const t = m.importing;
  const { account } = useMe();
  const walk = useCursors(file.id);
  const [look, setLook] = useState(false);
  const gone = $api.useQuery(
    'get',
    '/api/v1/employees/imports/{id}/gone',
    { params: { path: { id: file.id }, query: { limit: 20, cursor: walk.cursor } } },
    { staleTime: 0, placeholderData: keepPreviousData, enabled: file.archive === '' },
  );
  if (file.archive === 'queued') return <Archiving file={file} />;
  const count = gone.data?.total ?? file.gone;
  if (count === 0) return null;
  return (
    <Card withBorder padding="lg">
      <Stack gap="sm">
        <Title order={2} size="h3">
          {t.goneTitle(count)}
        </Title>
        <Text size="sm">{t.goneText}</Text>
        {file.rejected > 0 && <Text size="sm">{t.goneRejected}</Text>}
        {look && (
          <DataTable
            label={t.gone}
            columns={columnsOf(m.employees.columns)}
            rows={gone.data?.items}
            rowId={(e) => e.id}
            error={gone.error}
            onRetry={gone.refetch}
            empty={null}
            stale={gone.isPlaceholderData}
            footer={
              <Pager
                walk={walk}
                next={gone.data?.next_cursor}
                zone={account.time_zone}
                total={m.employees.total(count)}
              />
            }
          />
        )}
        <Group>
          <Archive file={file} count={count} onCount={() => void gone.refetch()} />
          {!look && (
            <Button variant="default" onClick={() => setLook(true)}>
              {t.goneLook}
            </Button>
          )}
        </Group>
      </Stack>
    </Card>
  );
}

function columnsOf(t: { name: string; phone: string; consent: string }): Column<Employee>[] {
  return [
    {
      key: 'name',
      header: t.name,
      phone: 'lead',
      render: (e) => (
        <Anchor size="sm" renderRoot={(p) => <Link to="/employees" search={{ open: e.id }} {...p} />}>
          {e.name}
        </Anchor>
      ),
    },
    { key: 'phone', header: t.phone, render: (e) => <span className="figures">{formatPhone(e.phone)}</span> },
    { key: 'consent', header: t.consent, phone: 'side', render: (e) => <ConsentStatus state={e.consent.state} /> },
  ];
}

function Archive({ file, count, onCount }: { file: ImportFile; count: number; onCount: () => void }) {
  const m = useMessages();
  const t = m.importing;
  const keep = useKeepFile();
  const [asking, setAsking] = useState(false);
  const archive = $api.useMutation('post', '/api/v1/employees/imports/{id}/archive', {
    onSuccess: keep,
    // Somebody changed the list meanwhile: the new number is shown to be confirmed.
    onError: onCount,
  });
  return (
    <>
      <Button color="red" onClick={() => setAsking(true)}>
        {t.archive(count)}
      </Button>
      <ConfirmTyped
        opened={asking}
        onClose={() => {
          setAsking(false);
          archive.reset();
        }}
        title={t.archive(count)}
        word={count > TYPED_ABOVE ? String(count) : undefined}
        confirmLabel={t.archive(count)}
        color="red"
        busy={archive.isPending}
        failure={archive.error ? problemText(toProblem(archive.error), m) : null}
        onConfirm={() => archive.mutate({ params: { path: { id: file.id } }, body: { confirm: count } })}
      >
        {t.archiveConfirm(count)} {t.goneText}
      </ConfirmTyped>
    </>
  );
}

function Archiving({ file }: { file: ImportFile }) {
  const t = useMessages().importing;
  const words = t.archiving(file.archived, file.archive_confirmed);
  return (
    <Card withBorder padding="lg">
      <Text mb="sm" role="status">
        {words}
      </Text>
      <Progress value={(100 * file.archived) / Math.max(1, file.archive_confirmed)} animated aria-label={words} />
    </Card>
  );
}
