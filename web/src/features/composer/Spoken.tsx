import { Box, Text } from '@mantine/core';
import type { Plan } from '../../api/types';
import { useMessages } from '../../messages/context';

/** The whole call as text, fixed parts included, in each language. */
export function Spoken({ plan }: { plan: Plan }) {
  const t = useMessages().composer;
  const languages = Object.entries(plan.spoken).filter(([, lines]) => lines.length > 0);
  if (languages.length === 0) return null;
  return (
    <details>
      <summary>
        <Text span size="sm" fw={550}>
          {t.plan.heard}
        </Text>
      </summary>
      {languages.map(([language, lines]) => (
        <Box key={language} mt="xs" lang={language}>
          <Text size="xs" c="dimmed">
            {t.languages[language as 'en' | 'fr'] ?? language}
            {plan.seconds_per_call[language] !== undefined && ` · ${t.plan.seconds(plan.seconds_per_call[language])}`}
          </Text>
          {lines.map((line, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of one fixed text, in order
            <Text key={`${i} ${line}`} size="sm" mt={4}>
              {line}
            </Text>
          ))}
        </Box>
      ))}
    </details>
  );
}
