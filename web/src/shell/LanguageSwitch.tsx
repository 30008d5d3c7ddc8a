import { Button, type ButtonProps } from '@mantine/core';
import { useMessages } from '../messages/context';
import type { Language } from '../messages/language';

interface LanguageSwitchProps extends ButtonProps {
  onChoose: (language: Language) => void;
}

/** The other language by its own name: one press away for whoever does not read this one. */
export function LanguageSwitch({ onChoose, ...props }: LanguageSwitchProps) {
  const { language, languages } = useMessages().common;
  const other = language === 'en' ? 'fr' : 'en';
  return (
    <Button variant="subtle" lang={other} onClick={() => onChoose(other)} {...props}>
      {languages[other]}
    </Button>
  );
}
