import { Button } from '@mantine/core';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMessages } from '../../messages/context';
import { ErrorState, Loading } from '../../ui/Notice';
import { Check } from './Check';
import { Columns } from './Columns';
import { Confirm } from './Confirm';
import { Done } from './Done';
import { Frame } from './Frame';
import { Running } from './Running';
import { useFile } from './useFile';
import { place, type Step, shown } from './wizard';

const route = getRouteApi('/employer/employees/import/$id');

/** An import at its own address: it can be left at any step and come back to. */
export function FilePage() {
  const t = useMessages().importing;
  const { id } = route.useParams();
  const { step: asked } = route.useSearch();
  const navigate = useNavigate();
  const query = useFile(id);
  const file = query.data;
  if (!file) {
    return (
      <Frame active={1}>
        {query.error ? <ErrorState error={query.error} onRetry={query.refetch} /> : <Loading lines={8} />}
        {query.error && (
          <Button variant="default" renderRoot={(p) => <Link to="/employees/import" {...p} />}>
            {t.otherFile}
          </Button>
        )}
      </Frame>
    );
  }
  const step = shown(file, asked);
  const go = (to: Step) => void navigate({ to: '/employees/import/$id', params: { id }, search: { step: to } });
  return (
    <Frame active={place[step]}>
      {step === 'columns' && <Columns key={file.id} file={file} onDone={() => go('check')} />}
      {step === 'check' && <Check file={file} onColumns={() => go('columns')} onContinue={() => go('confirm')} />}
      {step === 'confirm' && <Confirm file={file} onBack={() => go('check')} />}
      {step === 'run' && <Running file={file} />}
      {step === 'done' && <Done file={file} />}
    </Frame>
  );
}
