import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../messages/context';

/** What the API keeps of a reason. */
const MAX_REASON = 200;

interface ResumeDialogProps {
  opened: boolean;
  onClose: () => void;
  busy: boolean;
  onResume: (reason: string) => void;
}

/** A campaign that paused by itself goes on only for a reason that is written down. */
export function ResumeDialog(props: ResumeDialogProps) {
  const t = useMessages().campaigns.control;
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t.resumeTitle}>
      {/* Mounted anew each time: a reason belongs to one pause. */}
      {props.opened && <Body {...props} />}
    </Modal>
  );
}

function Body({ onClose, busy, onResume }: ResumeDialogProps) {
  const m = useMessages();
  const t = m.campaigns.control;
  const [reason, setReason] = useState('');
  const ready = reason.trim() !== '';
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (ready && !busy) onResume(reason.trim());
      }}
    >
      <Stack>
        <Text size="sm">{t.resumeText}</Text>
        <Textarea
          label={t.resumeReason}
          description={t.resumeReasonHint}
          required
          autosize
          minRows={2}
          maxLength={MAX_REASON}
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" disabled={!ready} loading={busy}>
            {t.resume}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
