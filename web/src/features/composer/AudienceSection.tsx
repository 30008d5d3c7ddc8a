import { Card, MultiSelect, Radio, Stack, Text, Title } from '@mantine/core';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import type { DraftForm } from './Composer';
import { PeoplePicker } from './PeoplePicker';

/** Whom the campaign is for; consent decides among them. */
export function AudienceSection({ form }: { form: DraftForm }) {
  const t = useMessages().composer;
  const { audience } = form.getValues();
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="xs" id="audience-title">
        {t.audienceTitle}
      </Title>
      <Radio.Group
        aria-labelledby="audience-title"
        description={t.audienceHint}
        {...form.getInputProps('audience.kind')}
      >
        <Stack gap="xs" mt="sm">
          <Radio value="all" label={t.audience.all} />
          <Radio value="tags" label={t.audience.tags} />
          <Radio value="selection" label={t.audience.selection} />
        </Stack>
      </Radio.Group>
      {audience.kind === 'tags' && <TagPicker form={form} />}
      {audience.kind === 'selection' && (
        <PeoplePicker
          ids={audience.employee_ids}
          onChange={(ids) => form.setFieldValue('audience.employee_ids', ids)}
          error={form.errors['audience.employee_ids']}
        />
      )}
    </Card>
  );
}

function TagPicker({ form }: { form: DraftForm }) {
  const m = useMessages();
  const t = m.composer;
  const tags = $api.useQuery('get', '/api/v1/employees/tags');
  const items = tags.data?.items ?? [];
  if (tags.data && items.length === 0) {
    return (
      <Text size="sm" c="dimmed" mt="sm">
        {t.noTags}
      </Text>
    );
  }
  return (
    <MultiSelect
      mt="sm"
      label={t.tags}
      data={items.map((i) => ({ value: i.tag, label: `${i.tag} (${m.common.number(i.count)})` }))}
      searchable
      {...form.getInputProps('audience.tags')}
    />
  );
}
