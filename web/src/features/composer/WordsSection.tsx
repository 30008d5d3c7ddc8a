import {
  Button,
  Card,
  Group,
  NativeSelect,
  SegmentedControl,
  Stack,
  Tabs,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import type { Language } from '../../api/types';
import { useMessages } from '../../messages/context';
import type { DraftForm } from './Composer';
import { insertAt, LANGUAGES, MAX_MESSAGE, MAX_PURPOSE, writtenLanguages } from './draft';

/** Merge fields that the call can fill; the server refuses any other. */
const MERGE_FIELDS = ['first_name', 'employer'] as const;

/** What is said, per language, and by which voice. */
export function WordsSection({ form }: { form: DraftForm }) {
  const m = useMessages();
  const t = m.composer;
  const draft = form.getValues();
  const written = writtenLanguages(draft);
  const [tab, setTab] = useState<Language>(draft.content.language_default);
  const missingLanguages = LANGUAGES.filter((l) => !written.includes(l));
  const add = (language: Language) => {
    form.setFieldValue(`content.texts.${language}`, { message: '', voicemail: '' });
    form.setFieldValue(`content.purpose.${language}`, '');
    draft.content.choices.forEach((_, i) => {
      form.setFieldValue(`content.choices.${i}.label.${language}`, '');
    });
    setTab(language);
  };
  const remove = (language: Language) => {
    const rest = written.filter((l) => l !== language);
    const next = rest[0];
    if (!next) return;
    form.setFieldValue(`content.texts.${language}`, undefined);
    if (draft.content.language_default === language) form.setFieldValue('content.language_default', next);
    setTab(next);
  };
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="xs">
        {t.messageTitle}
      </Title>
      <Tabs
        keepMounted={false}
        value={written.includes(tab) ? tab : (written[0] ?? 'en')}
        onChange={(v) => v && setTab(v as Language)}
      >
        <Group justify="space-between" gap="xs" mb="md">
          <Tabs.List>
            {written.map((l) => (
              <Tabs.Tab key={l} value={l}>
                {t.languages[l]}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {missingLanguages.map((l) => (
            <Button
              key={l}
              size="xs"
              variant="subtle"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => add(l)}
            >
              {t.addLanguage(t.languages[l])}
            </Button>
          ))}
        </Group>
        {written.map((l) => (
          <Tabs.Panel key={l} value={l}>
            <LanguageTexts form={form} language={l} onRemove={written.length > 1 ? () => remove(l) : undefined} />
          </Tabs.Panel>
        ))}
      </Tabs>
      <Group mt="lg" align="flex-start" gap="xl">
        <Stack gap={4}>
          <Text size="sm" fw={500} id="voice-label">
            {t.voice}
          </Text>
          <SegmentedControl
            aria-labelledby="voice-label"
            data={[
              { value: 'female', label: t.voices.female },
              { value: 'male', label: t.voices.male },
            ]}
            {...form.getInputProps('content.voice')}
          />
        </Stack>
        {written.length > 1 && (
          <NativeSelect
            label={t.defaultLanguage}
            description={t.defaultHint}
            data={written.map((l) => ({ value: l, label: t.languages[l] }))}
            {...form.getInputProps('content.language_default')}
          />
        )}
      </Group>
    </Card>
  );
}

interface LanguageTextsProps {
  form: DraftForm;
  language: Language;
  onRemove?: () => void;
}

function LanguageTexts({ form, language, onRemove }: LanguageTextsProps) {
  const t = useMessages().composer;
  const area = useRef<HTMLTextAreaElement>(null);
  const path = `content.texts.${language}.message` as const;
  const text = form.getValues().content.texts[language]?.message ?? '';
  const insert = (name: string) => {
    const at = area.current;
    const { text: next, cursor } = insertAt(
      text,
      `{{${name}}}`,
      at?.selectionStart ?? text.length,
      at?.selectionEnd ?? text.length,
    );
    form.setFieldValue(path, next);
    requestAnimationFrame(() => {
      at?.focus();
      at?.setSelectionRange(cursor, cursor);
    });
  };
  return (
    <Stack>
      <TextInput
        label={t.purpose}
        description={t.purposeHint}
        placeholder={t.purposePlaceholders[language]}
        maxLength={MAX_PURPOSE}
        {...form.getInputProps(`content.purpose.${language}`)}
      />
      <div>
        <Textarea
          ref={area}
          label={t.message}
          description={t.messageHint}
          autosize
          minRows={4}
          maxRows={14}
          maxLength={MAX_MESSAGE}
          lang={language}
          {...form.getInputProps(path)}
        />
        <Group gap="xs" mt={6} justify="space-between">
          <Group gap={6}>
            <Text size="xs" c="dimmed">
              {t.insert}
            </Text>
            {MERGE_FIELDS.map((name) => (
              <Button key={name} size="compact-xs" variant="default" onClick={() => insert(name)}>
                {t.fields[name]}
              </Button>
            ))}
          </Group>
          <Text size="xs" c="dimmed" className="figures">
            {text.length} / {MAX_MESSAGE}
          </Text>
        </Group>
      </div>
      {form.getValues().content.voicemail === 'leave' && (
        <Textarea
          label={t.voicemailText}
          description={t.voicemailHint}
          autosize
          minRows={2}
          maxLength={MAX_MESSAGE}
          lang={language}
          {...form.getInputProps(`content.texts.${language}.voicemail`)}
        />
      )}
      {onRemove && (
        <Button size="compact-sm" variant="subtle" color="red" onClick={onRemove} style={{ alignSelf: 'flex-start' }}>
          {t.removeLanguage(t.languages[language])}
        </Button>
      )}
    </Stack>
  );
}
