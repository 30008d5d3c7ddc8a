import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';

/** The refusal that belongs to no field, above the form's button. */
export function FormFailure({ text }: { text: string | null }) {
  if (!text) return null;
  return (
    <Alert color="red" variant="outline" role="alert" icon={<IconAlertTriangle aria-hidden />}>
      {text}
    </Alert>
  );
}
