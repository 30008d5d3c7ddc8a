import { Anchor, Group, Stepper } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useMessages } from '../../messages/context';
import { Page } from '../../ui/Page';

/** What is around each step: the way back, the title and where one is. */
export function Frame({ active, children }: { active: number; children: ReactNode }) {
  const t = useMessages().importing;
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
      <Steps active={active} />
      {children}
    </Page>
  );
}

function Steps({ active }: { active: number }) {
  const t = useMessages().importing;
  const labels = [t.steps.choose, t.steps.columns, t.steps.check, t.steps.run];
  return (
    <Stepper active={active} size="xs" iconSize={28} allowNextStepsSelect={false} visibleFrom="xs">
      {labels.map((label) => (
        <Stepper.Step key={label} label={label} component="div" tabIndex={-1} />
      ))}
    </Stepper>
  );
}
