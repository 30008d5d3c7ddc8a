import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useMessages } from '../messages/context';
import classes from './ConfirmTyped.module.css';
import { FormFailure } from './FormFailure';

interface ConfirmTypedProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** What must be typed; without it a click is enough. */
  word?: string;
  confirmLabel: string;
  color?: string;
  busy: boolean;
  failure?: string | null;
  onConfirm: () => void;
}

/** The last question before phones ring or something is taken away. */
export function ConfirmTyped(props: ConfirmTypedProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title}>
      {/* Mounted anew each time, so that no typed word survives from the last time. */}
      {props.opened && <Body {...props} />}
    </Modal>
  );
}

function Body({ onClose, children, word, confirmLabel, color, busy, failure, onConfirm }: ConfirmTypedProps) {
  const m = useMessages();
  const [typed, setTyped] = useState('');
  const ready = !word || typed.trim() === word;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        if (ready && !busy) onConfirm();
      }}
    >
      <Stack>
        <Text component="div" size="sm" className={classes.words}>
          {children}
        </Text>
        {word && (
          <TextInput
            label={m.common.typeToConfirm(word)}
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        <FormFailure text={failure ?? null} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {m.common.cancel}
          </Button>
          <Button type="submit" color={color} disabled={!ready} loading={busy}>
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
