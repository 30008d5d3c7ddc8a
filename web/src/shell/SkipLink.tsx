import { useMessages } from '../messages/context';

export const CONTENT_ID = 'content';

/** The first stop of the Tab key. The address stays as it is: the router reads it. */
export function SkipLink() {
  const m = useMessages();
  return (
    <a
      className="skip-link"
      href={`#${CONTENT_ID}`}
      onClick={(e) => {
        e.preventDefault();
        document.getElementById(CONTENT_ID)?.focus();
      }}
    >
      {m.common.skipToContent}
    </a>
  );
}
