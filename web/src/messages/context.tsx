import { createContext, type ReactNode, useContext } from 'react';
import { en } from './en';

/** English is the complete catalogue; every other language has its shape. */
export type Messages = typeof en;

const Catalogue = createContext<Messages>(en);

export function MessagesProvider({ messages, children }: { messages: Messages; children: ReactNode }) {
  return <Catalogue value={messages}>{children}</Catalogue>;
}

/** The texts in the language of the person at the screen. */
export function useMessages(): Messages {
  return useContext(Catalogue);
}
