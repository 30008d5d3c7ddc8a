import { Button, Group } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import type { Campaign } from '../../api/types';
import { useMessages } from '../../messages/context';
import { ConfirmTyped } from '../../ui/ConfirmTyped';
import { ReasonDialog } from '../../ui/ReasonDialog';
import { done, refused } from '../../ui/toast';
import { isOver } from './progress';

/** As much as the API keeps of why a campaign goes on. */
const MAX_REASON = 200;

/** Pause is one click and can be undone; stopping for good is typed. */
export function Controls({ campaign }: { campaign: Campaign }) {
  const m = useMessages();
  const t = m.campaigns.control;
  const queries = useQueryClient();
  const [stopping, setStopping] = useState(false);
  const [resuming, setResuming] = useState(false);
  const after = (words: string) => ({
    onSuccess: (next: Campaign) => {
      queries.setQueryData(['get', '/api/v1/campaigns/{id}', { params: { path: { id: next.id } } }], next);
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns'] });
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns/{id}/recipients'] });
      setStopping(false);
      done(words);
    },
    onError: (e: unknown) => refused(e, m),
  });
  const pause = $api.useMutation('post', '/api/v1/campaigns/{id}/pause', after(t.pausing));
  const resumed = after(t.resumed);
  const resume = $api.useMutation('post', '/api/v1/campaigns/{id}/resume', { onSuccess: resumed.onSuccess });
  const cancel = $api.useMutation('post', '/api/v1/campaigns/{id}/cancel', after(t.cancelled));
  if (campaign.status === 'draft' || isOver(campaign.status)) return null;
  const target = { params: { path: { id: campaign.id } }, body: {} };
  const left = campaign.progress.pending + campaign.progress.dialling;
  return (
    <Group gap="xs" className="no-print">
      {(campaign.status === 'running' || campaign.status === 'scheduled') && (
        <Button
          leftSection={<IconPlayerPause size={17} aria-hidden />}
          loading={pause.isPending}
          onClick={() => pause.mutate(target)}
        >
          {t.pause}
        </Button>
      )}
      {campaign.status === 'paused' && (
        <Button
          leftSection={<IconPlayerPlay size={17} aria-hidden />}
          loading={resume.isPending}
          onClick={() =>
            campaign.tripped.length > 0 ? setResuming(true) : resume.mutate(target, { onError: resumed.onError })
          }
        >
          {t.resume}
        </Button>
      )}
      <Button
        color="red"
        variant="outline"
        leftSection={<IconPlayerStop size={17} aria-hidden />}
        onClick={() => setStopping(true)}
      >
        {t.cancel}
      </Button>
      {/* A campaign that paused by itself goes on only for a reason that is written down. */}
      <ReasonDialog
        opened={resuming}
        onClose={() => setResuming(false)}
        title={t.resumeTitle}
        text={t.resumeText}
        label={t.resumeReason}
        hint={t.resumeReasonHint}
        maxLength={MAX_REASON}
        confirmLabel={t.resume}
        onConfirm={(reason) => resume.mutateAsync({ ...target, body: { reason } })}
      />
      <ConfirmTyped
        opened={stopping}
        onClose={() => setStopping(false)}
        title={t.cancelTitle}
        word={t.cancelWord}
        confirmLabel={t.cancelConfirm}
        color="red"
        busy={cancel.isPending}
        onConfirm={() => cancel.mutate(target)}
      >
        {t.cancelText(left)}
      </ConfirmTyped>
    </Group>
  );
}
