import { Alert, Anchor, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useBlocker, useNavigate } from '@tanstack/react-router';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { Page } from '../../ui/Page';
import { type ApiForm, useApiForm } from '../../ui/useApiForm';
import { AnswersSection } from './AnswersSection';
import { AudienceSection } from './AudienceSection';
import classes from './Composer.module.css';
import { type Draft, inputOf, missing } from './draft';
import { PlanPanel } from './PlanPanel';
import { SavedMessages } from './SavedMessages';
import { type SaveState, useAutosave } from './useAutosave';
import { WhenSection } from './WhenSection';
import { WordsSection } from './WordsSection';

export type DraftForm = ApiForm<Draft>;

interface ComposerProps {
  /** null until the draft is stored. */
  id: string | null;
  initial: Draft;
  stored: boolean;
  /** Who has asked for approval of this draft, while that waits. */
  askedBy?: string;
  onCreated: (id: string) => void;
}

export function Composer({ id, initial, stored, askedBy, onCreated }: ComposerProps) {
  const m = useMessages();
  const t = m.composer;
  const form = useApiForm<Draft>(
    { initialValues: initial },
    { start_wall: 'start_time', dial_until_wall: 'until_time' },
  );
  const draft = form.getValues();
  const gaps = missing(draft, t.needed);
  const content = JSON.stringify(inputOf(draft));
  const save = useSave(id, form, onCreated);
  const saving = useAutosave(
    content,
    Object.keys(gaps).length === 0,
    stored || id ? JSON.stringify(inputOf(initial)) : '',
    save,
  );
  const empty = JSON.stringify(inputOf(initial)) === content && !stored;
  useBlocker({
    shouldBlockFn: ({ next }) => saving.dirty && !empty && !next.pathname.endsWith('/edit') && !confirm(t.leave),
    enableBeforeUnload: () => saving.dirty && !empty,
  });
  return (
    <Page
      title={id ? t.editTitle : t.newTitle}
      above={
        <Anchor size="sm" renderRoot={(p) => <Link to="/campaigns" {...p} />}>
          <Group gap={4} component="span">
            <IconArrowLeft size={15} aria-hidden />
            {t.back}
          </Group>
        </Anchor>
      }
      actions={<SaveWord state={empty ? null : saving.state} />}
    >
      <div className={classes.columns}>
        <Stack gap="lg">
          {askedBy && (
            <Alert variant="outline" title={t.underApproval(askedBy)}>
              {t.underApprovalHint}
            </Alert>
          )}
          <FormFailure text={form.failure} />
          <Card withBorder padding="lg">
            <TextInput label={t.name} description={t.nameHint} maxLength={120} {...form.getInputProps('name')} />
          </Card>
          <SavedMessages form={form} complete={!Object.keys(gaps).some((path) => path.startsWith('content.'))} />
          <WordsSection form={form} />
          <AnswersSection form={form} />
          <AudienceSection form={form} />
          <WhenSection form={form} />
        </Stack>
        <Card withBorder padding="lg" className={classes.plan} component="section" aria-labelledby="plan-title">
          <Title order={2} size="h3" mb="sm" id="plan-title">
            {t.plan.title}
          </Title>
          <PlanPanel id={id} draft={draft} gaps={Object.values(gaps)} save={saving.state} content={content} />
        </Card>
      </div>
    </Page>
  );
}

/** Stores the draft: the first time it is created, then changed. Throws when the server refuses. */
function useSave(id: string | null, form: DraftForm, onCreated: (id: string) => void): () => Promise<void> {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = $api.useMutation('post', '/api/v1/campaigns');
  const change = $api.useMutation('patch', '/api/v1/campaigns/{id}');
  return async () => {
    const body = inputOf(form.getValues());
    try {
      if (id) {
        await change.mutateAsync({ params: { path: { id } }, body });
      } else {
        const made = await create.mutateAsync({ body });
        onCreated(made.id);
        await navigate({ to: '/campaigns/$id/edit', params: { id: made.id }, replace: true, resetScroll: false });
      }
    } catch (e) {
      form.refuseQuietly(e);
      throw e;
    }
    form.clearFailure();
    form.clearErrors();
    void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns'] });
    void queries.invalidateQueries({ queryKey: ['get', '/api/v1/campaigns/{id}/plan'] });
  };
}

function SaveWord({ state }: { state: SaveState | null }) {
  const t = useMessages().composer;
  const words: Record<SaveState, string> = {
    incomplete: t.unsaved,
    unsaved: t.unsaved,
    saving: t.saving,
    saved: t.savedDraft,
    failed: t.saveFailed,
  };
  return (
    <Text size="sm" c={state === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'} role="status">
      {state ? words[state] : ''}
    </Text>
  );
}
