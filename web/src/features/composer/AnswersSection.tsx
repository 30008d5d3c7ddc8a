import { ActionIcon, Button, Card, Checkbox, Group, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMessages } from '../../messages/context';
import type { DraftForm } from './Composer';
import classes from './Composer.module.css';
import { freeKey, KEYS, MAX_LABEL, writtenLanguages } from './draft';

/** The keys that answer, each with what is said for it. */
export function AnswersSection({ form }: { form: DraftForm }) {
  const t = useMessages().composer;
  const draft = form.getValues();
  const free = freeKey(draft.content.choices);
  const languages = writtenLanguages(draft);
  const add = () => {
    if (!free) return;
    form.insertListItem('content.choices', { key: free, label: Object.fromEntries(languages.map((l) => [l, ''])) });
  };
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3">
        {t.answersTitle}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {t.answersHint}
      </Text>
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
        {draft.content.choices.map((choice, i) => (
          <Group key={choice.key} component="li" gap="xs" align="flex-start" wrap="nowrap" className={classes.answer}>
            <NativeSelect
              aria-label={t.keyOf}
              w={92}
              data={KEYS.filter((k) => k === choice.key || !draft.content.choices.some((c) => c.key === k)).map(
                (k) => ({
                  value: String(k),
                  label: t.key(k),
                }),
              )}
              value={String(choice.key)}
              onChange={(e) => form.setFieldValue(`content.choices.${i}.key`, Number(e.currentTarget.value))}
              error={form.errors[`content.choices.${i}.key`]}
            />
            <Stack gap={6} className={classes.labels}>
              {languages.map((l) => (
                <TextInput
                  key={l}
                  aria-label={`${t.key(choice.key)}: ${t.answer} (${t.languages[l]})`}
                  placeholder={t.answerPlaceholders[l]}
                  leftSection={
                    languages.length > 1 ? (
                      <Text size="xs" c="dimmed" aria-hidden>
                        {l.toUpperCase()}
                      </Text>
                    ) : undefined
                  }
                  maxLength={MAX_LABEL}
                  lang={l}
                  {...form.getInputProps(`content.choices.${i}.label.${l}`)}
                />
              ))}
              <Checkbox
                size="xs"
                label={t.needsHelp}
                aria-label={`${t.key(choice.key)}: ${t.needsHelp}`}
                checked={choice.needs_help ?? false}
                onChange={(e) => form.setFieldValue(`content.choices.${i}.needs_help`, e.currentTarget.checked)}
              />
            </Stack>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={36}
              aria-label={t.removeAnswer(choice.key)}
              disabled={draft.content.choices.length === 1}
              onClick={() => form.removeListItem('content.choices', i)}
            >
              <IconTrash size={17} aria-hidden />
            </ActionIcon>
          </Group>
        ))}
      </Stack>
      {form.errors['content.choices'] && (
        <Text size="sm" c="var(--mantine-color-error)" mt="xs">
          {form.errors['content.choices']}
        </Text>
      )}
      {free && (
        <Button
          mt="sm"
          style={{ alignSelf: 'flex-start' }}
          size="xs"
          variant="default"
          leftSection={<IconPlus size={15} aria-hidden />}
          onClick={add}
        >
          {t.addAnswer}
        </Button>
      )}
    </Card>
  );
}
