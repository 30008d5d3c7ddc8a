import { ActionIcon, Box, Button, Group, Stack, Text } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { ConsentStatus } from '../../ui/domain';
import { SearchInput } from '../../ui/SearchInput';

/** How many of the picked are named; a selection may hold thousands. */
const NAMED = 12;

interface PeoplePickerProps {
  ids: string[];
  onChange: (ids: string[]) => void;
  error?: ReactNode;
}

export function PeoplePicker({ ids, onChange, error }: PeoplePickerProps) {
  const m = useMessages();
  const t = m.composer;
  const [search, setSearch] = useState<string | undefined>();
  return (
    <Stack gap="sm" mt="sm">
      <SearchInput label={t.selectionSearch} value={search} onChange={setSearch} />
      {search && <Found search={search} ids={ids} onAdd={(id) => onChange([...ids, id])} />}
      <Group justify="space-between">
        <Text size="sm" role="status">
          {ids.length === 0 ? t.selectionEmpty : t.selectionCount(ids.length)}
        </Text>
        {ids.length > 0 && (
          <Button size="compact-xs" variant="subtle" onClick={() => onChange([])}>
            {t.removeAll}
          </Button>
        )}
      </Group>
      <Picked ids={ids} onRemove={(id) => onChange(ids.filter((other) => other !== id))} />
      {error && (
        <Text size="sm" c="var(--mantine-color-error)">
          {error}
        </Text>
      )}
    </Stack>
  );
}

function Found({ search, ids, onAdd }: { search: string; ids: string[]; onAdd: (id: string) => void }) {
  const m = useMessages();
  const found = $api.useQuery('get', '/api/v1/employees', { params: { query: { search, limit: 8 } } });
  const items = found.data?.items ?? [];
  if (found.data && items.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {m.employees.noMatchTitle}
      </Text>
    );
  }
  return (
    <Stack component="ul" gap={2} p={0} m={0} style={{ listStyle: 'none' }}>
      {items.map((e) => (
        <Group key={e.id} component="li" justify="space-between" gap="xs">
          <Group gap="xs">
            <Text size="sm">{e.name}</Text>
            <ConsentStatus state={e.consent.state} />
          </Group>
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconPlus size={14} aria-hidden />}
            aria-label={m.composer.addPerson(e.name)}
            disabled={ids.includes(e.id)}
            onClick={() => onAdd(e.id)}
          >
            {m.composer.add}
          </Button>
        </Group>
      ))}
    </Stack>
  );
}

function Picked({ ids, onRemove }: { ids: string[]; onRemove: (id: string) => void }) {
  const m = useMessages();
  const named = useQueries({
    queries: ids
      .slice(0, NAMED)
      .map((id) =>
        $api.queryOptions('get', '/api/v1/employees/{id}', { params: { path: { id } } }, { staleTime: 60_000 }),
      ),
  });
  return (
    <Box>
      <Group component="ul" gap={6} p={0} m={0} style={{ listStyle: 'none' }}>
        {named.map((person, i) => {
          const id = ids[i];
          const name = person.data?.name ?? '…';
          return (
            id && (
              <Group
                key={id}
                component="li"
                gap={2}
                pl={10}
                style={{ border: '1px solid var(--mantine-color-default-border)', borderRadius: 999 }}
              >
                <Text size="sm">{name}</Text>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  radius="xl"
                  size={28}
                  aria-label={m.composer.removePerson(name)}
                  onClick={() => onRemove(id)}
                >
                  <IconX size={14} aria-hidden />
                </ActionIcon>
              </Group>
            )
          );
        })}
      </Group>
      {ids.length > NAMED && (
        <Text size="sm" c="dimmed" mt={4}>
          {m.composer.plan.andMore(ids.length - NAMED)}
        </Text>
      )}
    </Box>
  );
}
