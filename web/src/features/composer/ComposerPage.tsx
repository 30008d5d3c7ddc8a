import { Alert, Button, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { useMe } from '../../session/session';
import { ErrorState, Loading } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { Composer } from './Composer';
import { draftOf, emptyDraft } from './draft';

const route = getRouteApi('/employer/campaigns/$id/edit');

/** A new draft, or one that stands on the server. */
export function ComposerPage() {
  const { id } = route.useParams();
  const { account } = useMe();
  const { employeeIds, message } = useLocation({ select: (l) => l.state });
  // Once a new draft is stored the address changes, but what is being typed must stay where it is.
  const [created, setCreated] = useState<string | null>(null);
  if (id === 'new' || id === created) {
    return (
      <Composer
        key="new"
        id={created}
        initial={emptyDraft(account.time_zone, employeeIds, message)}
        stored={false}
        onCreated={setCreated}
      />
    );
  }
  return <Stored key={id} id={id} zone={account.time_zone} />;
}

function Stored({ id, zone }: { id: string; zone: string }) {
  const m = useMessages();
  const t = m.composer;
  const queries = useQueryClient();
  const campaign = $api.useQuery(
    'get',
    '/api/v1/campaigns/{id}',
    { params: { path: { id } } },
    // The composer owns the text from here on; a refetch must not pull it away.
    { refetchOnWindowFocus: false, staleTime: 0 },
  );
  if (!campaign.data || campaign.isPlaceholderData) {
    return (
      <Page title={t.editTitle}>
        {campaign.error ? <ErrorState error={campaign.error} onRetry={campaign.refetch} /> : <Loading lines={10} />}
      </Page>
    );
  }
  if (campaign.data.status !== 'draft') {
    return (
      <Page title={campaign.data.name}>
        <Stack align="flex-start">
          <Alert variant="outline">{t.notDraft}</Alert>
          <Button renderRoot={(p) => <Link to="/campaigns/$id" params={{ id }} {...p} />}>{t.openIt}</Button>
        </Stack>
      </Page>
    );
  }
  return (
    <Composer
      id={id}
      initial={draftOf(campaign.data, zone)}
      askedBy={campaign.data.approval?.state === 'waiting' ? campaign.data.approval.asked_by_name : undefined}
      stored
      onCreated={() => void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns'] })}
    />
  );
}
