import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { IconFilterOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useMessages } from '../messages/context';
import { SearchInput } from '../ui/SearchInput';
import type { Filters } from './question';

interface AuditFiltersProps {
  search: Filters;
  onChange: (change: Filters) => void;
  onClear: () => void;
  groups: Record<string, string>;
  /** Filters of one kind of reader alone. */
  children?: ReactNode;
}

/** What narrows a list of the log; the address keeps it. */
export function AuditFilters({ search, onChange, onClear, groups, children }: AuditFiltersProps) {
  const m = useMessages();
  const t = m.audit;
  return (
    <Group gap="xs" role="search" className="filters no-print" align="flex-end">
      <NativeSelect
        label={t.action}
        value={search.action ?? ''}
        onChange={(e) => onChange({ action: e.currentTarget.value || undefined })}
        data={[
          { value: '', label: t.anyAction },
          ...Object.entries(groups).map(([value, label]) => ({ value, label })),
        ]}
      />
      <SearchInput label={t.actor} value={search.actor} onChange={(actor) => onChange({ actor })} />
      {children}
      <TextInput
        type="date"
        label={t.from}
        value={search.from ?? ''}
        onChange={(e) => onChange({ from: e.currentTarget.value || undefined })}
      />
      <TextInput
        type="date"
        label={t.to}
        value={search.to ?? ''}
        onChange={(e) => onChange({ to: e.currentTarget.value || undefined })}
      />
      {Object.values(search).some(Boolean) && (
        <Button variant="subtle" leftSection={<IconFilterOff size={16} aria-hidden />} onClick={onClear}>
          {m.common.clearFilters}
        </Button>
      )}
    </Group>
  );
}
