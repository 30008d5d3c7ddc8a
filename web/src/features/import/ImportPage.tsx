import { Anchor, Group, Stepper } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useReducer } from 'react';
import { toProblem } from '../../api/problem';
import { useMessages } from '../../messages/context';
import { Page } from '../../ui/Page';
import { Check } from './Check';
import { Choose } from './Choose';
import { Confirm } from './Confirm';
import { Done } from './Done';
import { sendCsv } from './send';
import { reduce, start, type Wizard } from './wizard';

const order: Record<Wizard['step'], number> = { choose: 0, checking: 0, check: 1, confirm: 2, done: 4 };

export function ImportPage() {
  const m = useMessages();
  const t = m.importing;
  const queries = useQueryClient();
  const [state, dispatch] = useReducer(reduce, start);

  const check = async (file: File) => {
    const event = { type: 'chosen', file } as const;
    dispatch(event);
    if (reduce(start, event).step !== 'checking') return;
    try {
      const result = await sendCsv(file, { dry_run: 'true' }, (fraction) => dispatch({ type: 'sent', fraction }));
      dispatch({ type: 'checked', result });
    } catch (e) {
      dispatch({ type: 'refused', problem: toProblem(e) });
    }
  };

  const take = async (file: File, attestation: string, invite: boolean) => {
    dispatch({ type: 'submitted' });
    try {
      const result = await sendCsv(file, { attestation, invite: String(invite) }, () => undefined);
      dispatch({ type: 'taken', result });
      await queries.invalidateQueries();
    } catch (e) {
      dispatch({ type: 'refused', problem: toProblem(e) });
    }
  };

  return (
    <Page
      title={t.title}
      description={t.lead}
      maxWidth={860}
      above={
        <Anchor size="sm" renderRoot={(p) => <Link to="/employees" {...p} />}>
          <Group gap={4} component="span">
            <IconArrowLeft size={15} aria-hidden />
            {t.back}
          </Group>
        </Anchor>
      }
    >
      <Steps active={order[state.step]} />
      {(state.step === 'choose' || state.step === 'checking') && <Choose state={state} onFile={check} />}
      {state.step === 'check' && (
        <Check
          fileName={state.file.name}
          result={state.result}
          onOther={() => dispatch({ type: 'restart' })}
          onContinue={() => dispatch({ type: 'continue' })}
        />
      )}
      {state.step === 'confirm' && (
        <Confirm
          result={state.result}
          busy={state.busy}
          refusal={state.refusal}
          onBack={() => dispatch({ type: 'back' })}
          onConfirm={(attestation, invite) => void take(state.file, attestation, invite)}
        />
      )}
      {state.step === 'done' && <Done result={state.result} onAgain={() => dispatch({ type: 'restart' })} />}
    </Page>
  );
}

function Steps({ active }: { active: number }) {
  const t = useMessages().importing;
  const labels = [t.steps.choose, t.steps.check, t.steps.confirm, t.steps.done];
  return (
    <Stepper active={active} size="xs" iconSize={28} allowNextStepsSelect={false} visibleFrom="xs">
      {labels.map((label) => (
        <Stepper.Step key={label} label={label} component="div" tabIndex={-1} />
      ))}
    </Stepper>
  );
}
