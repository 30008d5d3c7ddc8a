import { Box, Button, Group, List, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { IconDownload, IconEraser } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api, BASE } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Employee } from '../../api/types';
import { useMessages } from '../../messages/context';
import { ConfirmTyped } from '../../ui/ConfirmTyped';
import { problemText } from '../../ui/Notice';
import { done } from '../../ui/toast';

interface Props {
  person: Employee;
  onErased: () => void;
}

/** What a person may ask of whoever holds their data: to have it, and to have it gone. For owners. */
export function PersonRights({ person, onErased }: Props) {
  const t = useMessages().employees.rights;
  const [erasing, setErasing] = useState(false);
  const file = (format: string) => `${BASE}/employees/${person.id}/export?format=${format}`;
  return (
    <Box>
      <Title order={3} mb={4}>
        {t.title}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t.lead}
      </Text>
      <Group gap="xs">
        {(['json', 'csv'] as const).map((format) => (
          <Button
            key={format}
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            component="a"
            href={file(format)}
            download
          >
            {t.export[format]}
          </Button>
        ))}
        <Button
          variant="default"
          color="red"
          leftSection={<IconEraser size={16} aria-hidden />}
          onClick={() => setErasing(true)}
        >
          {t.erase}
        </Button>
      </Group>
      <Erase person={person} opened={erasing} onClose={() => setErasing(false)} onErased={onErased} />
    </Box>
  );
}

type Reason = 'person_asked' | 'no_longer_employed' | 'entered_by_mistake';

function Erase({ person, opened, onClose, onErased }: Props & { opened: boolean; onClose: () => void }) {
  const m = useMessages();
  const t = m.employees.rights;
  const queries = useQueryClient();
  const [reason, setReason] = useState<Reason>('person_asked');
  const erase = $api.useMutation('post', '/api/v1/employees/{id}/erase', {
    onSuccess: () => {
      done(t.erased);
      onErased();
      // What this browser still knows goes too.
      for (const path of ['/api/v1/employees/{id}', '/api/v1/employees/{id}/consent'])
        queries.removeQueries({ queryKey: ['get', path, { params: { path: { id: person.id } } }] });
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/employees'] });
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/inbox/count'] });
    },
  });
  return (
    <ConfirmTyped
      opened={opened}
      onClose={onClose}
      title={t.eraseTitle(person.name)}
      word={person.name}
      confirmLabel={t.erase}
      color="red"
      busy={erase.isPending}
      failure={erase.error ? problemText(toProblem(erase.error), m) : null}
      onConfirm={() => erase.mutate({ params: { path: { id: person.id } }, body: { reason, confirm: person.name } })}
    >
      <Stack gap="sm">
        <Part title={t.goesTitle} items={t.goes} />
        <Part title={t.staysTitle} items={t.stays} />
        <Text size="sm">{t.why}</Text>
        <Text size="sm" fw={550}>
          {t.final}
        </Text>
        <NativeSelect
          label={t.reason}
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value as Reason)}
          data={(Object.keys(t.reasons) as Reason[]).map((value) => ({ value, label: t.reasons[value] }))}
        />
      </Stack>
    </ConfirmTyped>
  );
}

function Part({ title, items }: { title: string; items: string[] }) {
  return (
    <div>
      <Text size="sm" fw={550}>
        {title}
      </Text>
      <List size="sm">
        {items.map((item) => (
          <List.Item key={item}>{item}</List.Item>
        ))}
      </List>
    </div>
  );
}
