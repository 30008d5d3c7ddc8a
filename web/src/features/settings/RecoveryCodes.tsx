import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import { useMessages } from '../../messages/context';

/** Codes that are shown this once. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const m = useMessages();
  const t = m.settings.factor;
  return (
    <Stack>
      <Text size="sm">{t.codesLead}</Text>
      <Stack component="ol" gap={4} pl="xl" m={0}>
        {codes.map((code) => (
          <li key={code}>
            <Code>{code}</Code>
          </li>
        ))}
      </Stack>
      <Group>
        <CopyButton value={codes.join('\n')}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? m.common.copied : m.common.copy}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={() => globalThis.print()}>
          {m.common.print}
        </Button>
        <Button onClick={onDone}>{t.codesDone}</Button>
      </Group>
    </Stack>
  );
}
