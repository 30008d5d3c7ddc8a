import { Button, Checkbox, Drawer, Stack, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { done } from '../../ui/toast';
import { useApiForm } from '../../ui/useApiForm';
import { EmployeeFields, type PersonValues } from './EmployeeFields';

interface Values extends PersonValues {
  phone: string;
  attestation: string;
  invite: boolean;
}

export function AddEmployee({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const t = useMessages().employees.form;
  return (
    <Drawer opened={opened} onClose={onClose} title={t.addTitle}>
      {opened && <AddForm onDone={onClose} />}
    </Drawer>
  );
}

function AddForm({ onDone }: { onDone: () => void }) {
  const t = useMessages().employees.form;
  const queries = useQueryClient();
  const form = useApiForm<Values>({
    mode: 'uncontrolled',
    initialValues: { name: '', phone: '', language: 'en', time_zone: null, tags: [], attestation: '', invite: true },
  });
  const add = $api.useMutation('post', '/api/v1/employees', {
    onSuccess: (person) => {
      done(t.added(person.name));
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/employees'] });
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/employees/tags'] });
      onDone();
    },
    onError: form.refuse,
  });
  return (
    <form
      onSubmit={form.onSubmit(({ time_zone, ...rest }) => {
        form.clearFailure();
        add.mutate({ body: { ...rest, ...(time_zone ? { time_zone } : {}) } });
      })}
    >
      <Stack>
        <EmployeeFields form={form}>
          <TextInput
            label={t.phone}
            description={t.phoneHint}
            type="tel"
            required
            withAsterisk={false}
            key={form.key('phone')}
            {...form.getInputProps('phone')}
          />
        </EmployeeFields>
        <Textarea
          label={t.attestation}
          description={t.attestationHint}
          autosize
          minRows={2}
          required
          withAsterisk={false}
          key={form.key('attestation')}
          {...form.getInputProps('attestation')}
        />
        <Checkbox label={t.invite} key={form.key('invite')} {...form.getInputProps('invite', { type: 'checkbox' })} />
        <FormFailure text={form.failure} />
        <Button type="submit" loading={add.isPending}>
          {t.submit}
        </Button>
      </Stack>
    </form>
  );
}
