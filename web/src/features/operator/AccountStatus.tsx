import { useMessages } from '../../messages/context';
import { Status, type Tone } from '../../ui/Status';

const tones: Record<string, Tone> = {
  registered: 'idle',
  pending_review: 'waiting',
  active: 'good',
  rejected: 'bad',
  suspended: 'stopped',
};

export function AccountStatus({ status }: { status: string }) {
  const states: Record<string, string> = useMessages().operator.accounts.states;
  return <Status tone={tones[status] ?? 'idle'} label={states[status] ?? status} />;
}
