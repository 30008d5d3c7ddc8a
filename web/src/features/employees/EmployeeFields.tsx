import { NativeSelect, Select, TagsInput, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { $api } from '../../api/client';
import type { Language } from '../../api/types';
import { useMessages } from '../../messages/context';
import { zones } from '../../ui/time';
import type { ApiForm } from '../../ui/useApiForm';

export interface PersonValues extends Record<string, unknown> {
  name: string;
  language: Language;
  time_zone: string | null;
  tags: string[];
}

/** The fields that adding and editing a person share. */
export function EmployeeFields<V extends PersonValues>({ form, children }: { form: ApiForm<V>; children?: ReactNode }) {
  const m = useMessages();
  const t = m.employees.form;
  const tags = $api.useQuery('get', '/api/v1/employees/tags');
  return (
    <>
      <TextInput label={t.name} required withAsterisk={false} key={form.key('name')} {...form.getInputProps('name')} />
      {children}
      <NativeSelect
        label={t.language}
        data={[
          { value: 'en', label: m.employees.languages.en },
          { value: 'fr', label: m.employees.languages.fr },
        ]}
        key={form.key('language')}
        {...form.getInputProps('language')}
      />
      <Select
        label={t.zone}
        description={t.zoneHint}
        placeholder={t.zoneAuto}
        data={[...zones]}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': m.common.clear }}
        key={form.key('time_zone')}
        {...form.getInputProps('time_zone')}
      />
      <TagsInput
        label={t.tags}
        description={t.tagsHint}
        data={tags.data?.items.map((i) => i.tag) ?? []}
        key={form.key('tags')}
        {...form.getInputProps('tags')}
      />
    </>
  );
}
