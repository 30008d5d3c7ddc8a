import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../api/client';
import { useMessages } from '../messages/context';
import type { Language } from '../messages/language';
import { useSpeak } from '../session/language';
import { rememberMe } from '../session/session';
import { refused } from '../ui/toast';

/** Changes the language of the signed-in user, which goes with them to every browser and into our mails. */
export function useChangeLanguage(): (language: Language) => void {
  const m = useMessages();
  const queries = useQueryClient();
  const speak = useSpeak();
  const change = $api.useMutation('patch', '/api/v1/me', {
    onSuccess: (me) => {
      rememberMe(queries, me);
      speak(me.user.language);
    },
    onError: (e) => refused(e, m),
  });
  return (language) => change.mutate({ body: { language } });
}
