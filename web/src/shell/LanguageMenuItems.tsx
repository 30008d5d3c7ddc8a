import { Menu } from '@mantine/core';
import { useMessages } from '../messages/context';
import type { Language } from '../messages/language';

/** Both languages, each by its own name. */
export function LanguageMenuItems({ onChoose }: { onChoose: (language: Language) => void }) {
  const { language: current, languages } = useMessages().common;
  return (
    <>
      <Menu.Label>{languages.label}</Menu.Label>
      <Menu.RadioGroup value={current} onChange={(value) => value !== current && onChoose(value as Language)}>
        {(['en', 'fr'] as const).map((language) => (
          <Menu.RadioItem key={language} value={language} lang={language} closeMenuOnClick>
            {languages[language]}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </>
  );
}
