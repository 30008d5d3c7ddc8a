import { useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Me } from '../api/types';
import { type Messages, MessagesProvider } from '../messages/context';
import { keepLanguage, type Language, loadMessages } from '../messages/language';
import { meQuery } from './session';

const Speak = createContext<(language: Language) => void>(() => undefined);

/** Shows the pages in another language, and in this browser from now on. */
export const useSpeak = () => useContext(Speak);

/** Begins with `first`; the language of whoever signs in holds as soon as it is known. */
export function LanguageProvider({ first, children }: { first: Messages; children: ReactNode }) {
  const [messages, setMessages] = useState(first);
  const wanted = useRef(first.common.language);
  const speak = useCallback((language: Language) => {
    wanted.current = language;
    loadMessages(language).then(
      (loaded) => {
        // Another one may have been chosen while this one was on its way.
        if (wanted.current !== language) return;
        keepLanguage(language);
        setMessages(loaded);
      },
      // The pages go on in the language they are in; the next choice tries again.
      () => undefined,
    );
  }, []);
  const own = useOwnLanguage();
  useEffect(() => {
    if (own) speak(own);
  }, [own, speak]);
  const { language } = messages.common;
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <Speak value={speak}>
      <MessagesProvider messages={messages}>{children}</MessagesProvider>
    </Speak>
  );
}

/** The language of the signed-in user, once some page has asked who that is; it asks nothing by itself. */
function useOwnLanguage(): Language | undefined {
  const queries = useQueryClient();
  const subscribe = useCallback((changed: () => void) => queries.getQueryCache().subscribe(changed), [queries]);
  return useSyncExternalStore(subscribe, () => queries.getQueryData<Me>(meQuery.queryKey)?.user.language);
}
