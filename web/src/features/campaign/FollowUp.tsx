import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Campaign } from '../../api/types';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { problemText } from '../../ui/Notice';
import { done } from '../../ui/toast';
import { type AttentionGroup, attentionGroups } from './attention';

interface FollowUpProps {
  campaign: Campaign;
  counts: Record<AttentionGroup, number>;
  opened: boolean;
  onClose: () => void;
}

/** Makes a draft for some of the people who need attention. Nobody is called by it. */
export function FollowUp(props: FollowUpProps) {
  const t = useMessages().campaigns.attention;
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t.followUpTitle}>
      {/* Mounted anew each time: what was counted meanwhile decides what is ticked. */}
      {props.opened && <Body {...props} />}
    </Modal>
  );
}

function Body({ campaign, counts, onClose }: FollowUpProps) {
  const m = useMessages();
  const t = m.campaigns.attention;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [wanted, setWanted] = useState<AttentionGroup[]>(
    attentionGroups.filter((g) => g !== 'no_key' && counts[g] > 0),
  );
  const people = wanted.reduce((sum, g) => sum + counts[g], 0);
  const make = $api.useMutation('post', '/api/v1/campaigns/{id}/follow-up', {
    onSuccess: async (draft) => {
      done(t.made);
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns'] });
      await navigate({ to: '/campaigns/$id/edit', params: { id: draft.id } });
    },
  });
  return (
    <Stack>
      <Text size="sm">{t.followUpText}</Text>
      <Checkbox.Group
        label={t.whom}
        value={wanted}
        onChange={(picked) => setWanted(attentionGroups.filter((g) => picked.includes(g)))}
      >
        <Stack gap="xs" mt="xs">
          {attentionGroups.map((g) => (
            <Checkbox key={g} value={g} disabled={counts[g] === 0} label={t.groupOf(t.groups[g], counts[g])} />
          ))}
        </Stack>
      </Checkbox.Group>
      <FormFailure text={make.error ? problemText(toProblem(make.error), m) : null} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {m.common.cancel}
        </Button>
        <Button
          disabled={people === 0}
          loading={make.isPending}
          onClick={() => make.mutate({ params: { path: { id: campaign.id } }, body: { groups: wanted } })}
        >
          {t.make(people)}
        </Button>
      </Group>
    </Stack>
  );
}
