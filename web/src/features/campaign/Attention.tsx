import { Anchor, Button, Card, Group, Stack, Text, Title, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconUserExclamation } from '@tabler/icons-react';
import { keepPreviousData } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { Campaign, Recipient, RecipientPage } from '../../api/types';
import { useMessages } from '../../messages/context';
import { OutcomeStatus } from '../../ui/domain';
import classes from './Attention.module.css';
import { attentionCounts, attentionGroups } from './attention';
import { FollowUp } from './FollowUp';
import { standing } from './progress';
import { reasonText } from './reason';

/** As many as are read at a glance; the list below has the others. */
const SHOWN = 6;
/** People come into these groups and leave them while phones ring. */
const REFRESH_MS = 3_000;

/** Who needs somebody: those who asked for help first, then whom no call has reached, then who said nothing. */
export function Attention({ campaign, liveNow }: { campaign: Campaign; liveNow: boolean }) {
  const m = useMessages();
  const t = m.campaigns.attention;
  const [asking, setAsking] = useState(false);
  const navigate = useNavigate({ from: '/campaigns/$id' });
  const counts = attentionCounts(campaign);
  const all = attentionGroups.reduce((sum, g) => sum + counts[g], 0);
  const list = $api.useQuery(
    'get',
    '/api/v1/campaigns/{id}/recipients',
    { params: { path: { id: campaign.id }, query: { attention: 'all', limit: SHOWN } } },
    {
      placeholderData: keepPreviousData,
      select: (page: unknown) => page as RecipientPage,
      enabled: all > 0,
      refetchInterval: liveNow ? REFRESH_MS : false,
    },
  );
  const show = (attention: (typeof attentionGroups)[number] | 'all') =>
    void navigate({ search: { attention }, replace: true, hash: 'roster-title' });
  return (
    <Card withBorder padding="lg" component="section" aria-labelledby="attention-title">
      <Group justify="space-between" mb={all > 0 ? 'md' : 'xs'}>
        <Group gap={8}>
          <IconUserExclamation size={20} aria-hidden />
          <Title order={2} size="h3" id="attention-title">
            {t.title}
          </Title>
        </Group>
        {all > 0 && (
          <Button size="xs" variant="default" className="no-print" onClick={() => setAsking(true)}>
            {t.followUp}
          </Button>
        )}
      </Group>
      <VisuallyHidden aria-live="polite">{counts.needs_help > 0 && t.announce(counts.needs_help)}</VisuallyHidden>
      {all === 0 ? (
        <Text size="sm" c="dimmed">
          {t.nobody}
        </Text>
      ) : (
        <Stack gap="md">
          <Group gap="xs" component="ul" p={0} m={0} className={classes.groups}>
            {attentionGroups.map((g) => (
              <li key={g}>
                <UnstyledButton className={classes.group} disabled={counts[g] === 0} onClick={() => show(g)}>
                  <b className="figures">{m.common.number(counts[g])}</b> {t.groups[g]}
                </UnstyledButton>
              </li>
            ))}
          </Group>
          <Stack component="ul" gap={6} p={0} m={0} className={classes.people} aria-label={t.title}>
            {list.data?.items.map((r) => (
              <Needy key={r.id} campaign={campaign} recipient={r} />
            ))}
          </Stack>
          {all > SHOWN && (
            <Anchor
              component="button"
              type="button"
              size="sm"
              ta="left"
              className="no-print"
              onClick={() => show('all')}
            >
              {t.showAll(all)}
            </Anchor>
          )}
        </Stack>
      )}
      <FollowUp campaign={campaign} counts={counts} opened={asking} onClose={() => setAsking(false)} />
    </Card>
  );
}

function Needy({ campaign, recipient: r }: { campaign: Campaign; recipient: Recipient }) {
  const m = useMessages();
  const why = reasonText(r.reason, m);
  return (
    <Group component="li" gap="xs">
      <Anchor
        fw={500}
        renderRoot={(p) => (
          <Link to="/campaigns/$id/people/$rid" params={{ id: campaign.id, rid: r.id }} {...p}>
            {r.name}
          </Link>
        )}
      />
      <OutcomeStatus state={standing(r)} />
      {r.answer !== null && (
        <Text span size="sm">
          <b>{r.answer}</b> {r.answer_label}
        </Text>
      )}
      {why && (
        <Text span size="xs" c="dimmed">
          {why}
        </Text>
      )}
    </Group>
  );
}
