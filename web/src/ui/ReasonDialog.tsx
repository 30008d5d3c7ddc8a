import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../messages/context';
import { FormFailure } from './FormFailure';
import { useApiForm } from './useApiForm';

interface ReasonDialogProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  text?: string;
  label: string;
  /** Who will read the reason. */
  hint?: string;
  /** As many characters as the API keeps. */
  maxLength?: number;
  /** What must be typed as well, where a wrong click would cost much. */
  word?: string;
  confirmLabel: string;
  color?: string;
  /** Acts on the reason. What it rejects with is shown in the dialog; otherwise the dialog closes. */
  onConfirm: (reason: string) => Promise<unknown>;
}

/** A decision that needs its reason in writing. */
export function ReasonDialog(props: ReasonDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title}>
      {/* Mounted anew each time: a reason belongs to one decision. */}
      {props.opened && <Body {...props} />}
    </Modal>
  );
}

function Body({
  onClose,
  text,
  label,
  hint,
  maxLength = 500,
  word,
  confirmLabel,
  color,
  onConfirm,
}: ReasonDialogProps) {
  const m = useMessages();
  const form = useApiForm({ initialValues: { reason: '' } });
  const [typed, setTyped] = useState('');
  const ready = form.getValues().reason.trim() !== '' && (!word || typed.trim() === word);
  return (
    <form
      onSubmit={form.onSubmit(async ({ reason }) => {
        if (!ready || form.submitting) return;
        form.clearFailure();
        await onConfirm(reason.trim()).then(onClose, form.refuse);
      })}
    >
      <Stack>
        {text && <Text size="sm">{text}</Text>}
        <Textarea
          label={label}
          description={hint}
          autosize
          minRows={2}
          maxLength={maxLength}
          required
          withAsterisk={false}
          data-autofocus
          {...form.getInputProps('reason')}
        />
        {word && (
          <TextInput
            label={m.common.typeToConfirm(word)}
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
            autoComplete="off"
          />
        )}
        <FormFailure text={form.failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" color={color} disabled={!ready} loading={form.submitting}>
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
