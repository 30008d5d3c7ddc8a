import {
  Anchor,
  Button,
  Card,
  Checkbox,
  Fieldset,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { isNotEmpty } from '@mantine/form';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { FormFailure } from '../../ui/FormFailure';
import { Page } from '../../ui/Page';
import { PasswordInput } from '../../ui/PasswordInput';
import { type ApiForm, focusFirstError, useApiForm } from '../../ui/useApiForm';
import { regions } from './regions';
import { Sent } from './Sent';

interface Values extends Record<string, unknown> {
  company_legal_name: string;
  spoken_name: string;
  registry_number: string;
  country: 'CA' | 'US';
  province: string;
  website: string;
  employee_count: number | '';
  use_case: string;
  callback_number: string;
  contact_address: string;
  name: string;
  email: string;
  phone: string;
  password: string;
  attestation: boolean;
}

const empty: Values = {
  company_legal_name: '',
  spoken_name: '',
  registry_number: '',
  country: 'CA',
  province: '',
  website: '',
  employee_count: '',
  use_case: '',
  callback_number: '',
  contact_address: '',
  name: '',
  email: '',
  phone: '',
  password: '',
  attestation: false,
};

type Form = ApiForm<Values>;

export function RegisterPage() {
  const m = useMessages();
  const t = m.public.register;
  const [sentTo, setSentTo] = useState<string | null>(null);
  const need = isNotEmpty(m.public.required);
  const form = useApiForm<Values>({
    mode: 'uncontrolled',
    initialValues: empty,
    validate: {
      company_legal_name: need,
      spoken_name: need,
      registry_number: need,
      province: need,
      website: need,
      employee_count: need,
      use_case: need,
      callback_number: need,
      contact_address: need,
      name: need,
      email: need,
      phone: need,
      password: (v) => ([...v].length < 15 ? m.public.passwordShort : null),
      attestation: (v) => (v ? null : m.public.attestationNeeded),
    },
  });
  const send = $api.useMutation('post', '/api/v1/auth/register', {
    onSuccess: (_, sent) => {
      setSentTo(sent.body.email);
      scrollTo(0, 0);
    },
    onError: form.refuse,
  });
  if (sentTo) return <Sent email={sentTo} />;
  const submit = form.onSubmit((values) => {
    form.clearFailure();
    send.mutate({
      body: { ...values, employee_count: Number(values.employee_count), language: m.common.language },
    });
  }, focusFirstError);
  return (
    <Stack py="xl" maw={760} mx="auto">
      <Page title={t.title} description={t.lead} maxWidth={760}>
        <form onSubmit={submit} noValidate>
          <Stack gap="lg">
            <Company form={form} />
            <Calls form={form} />
            <Person form={form} />
            <Card withBorder>
              <Checkbox
                label={t.attestation}
                key={form.key('attestation')}
                {...form.getInputProps('attestation', { type: 'checkbox' })}
              />
            </Card>
            <FormFailure text={form.failure} />
            <Button type="submit" size="md" loading={send.isPending}>
              {t.submit}
            </Button>
            <Text size="sm" c="dimmed">
              {t.agree} <Anchor href="/privacy">{m.public.nav.privacy}</Anchor>. {t.haveAccount}{' '}
              <Anchor renderRoot={(p) => <Link to="/login" {...p} />}>{m.public.nav.signIn}</Anchor>
            </Text>
          </Stack>
        </form>
      </Page>
    </Stack>
  );
}

function Company({ form }: { form: Form }) {
  const m = useMessages();
  const t = m.public.register;
  const [country, setCountry] = useState<'CA' | 'US'>('CA');
  form.watch('country', ({ value }) => {
    setCountry(value);
    form.setFieldValue('province', '');
  });
  return (
    <Fieldset legend={t.company}>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput label={t.legalName} autoComplete="organization" {...field(form, 'company_legal_name')} />
        <TextInput label={t.registryNumber} description={t.registryHint} {...field(form, 'registry_number')} />
        <NativeSelect
          label={t.country}
          data={[
            { value: 'CA', label: t.countries.CA },
            { value: 'US', label: t.countries.US },
          ]}
          {...field(form, 'country')}
        />
        <NativeSelect
          label={t.province}
          data={[{ value: '', label: t.provincePick }, ...regions(country, m.common.language)]}
          key={form.key('province')}
          {...field(form, 'province')}
        />
        <TextInput
          label={t.website}
          placeholder="https://"
          inputMode="url"
          autoComplete="url"
          {...field(form, 'website')}
        />
        <NumberInput
          label={t.employeeCount}
          min={1}
          hideControls
          allowDecimal={false}
          {...field(form, 'employee_count')}
        />
      </SimpleGrid>
      <Textarea
        mt="md"
        label={t.useCase}
        description={t.useCaseHint}
        autosize
        minRows={2}
        maxRows={8}
        {...field(form, 'use_case')}
      />
    </Fieldset>
  );
}

function Calls({ form }: { form: Form }) {
  const t = useMessages().public.register;
  return (
    <Fieldset legend={t.calls}>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput label={t.spokenName} description={t.spokenNameHint} maxLength={20} {...field(form, 'spoken_name')} />
        <TextInput label={t.callback} description={t.callbackHint} type="tel" {...field(form, 'callback_number')} />
      </SimpleGrid>
      <TextInput mt="md" label={t.address} description={t.addressHint} {...field(form, 'contact_address')} />
    </Fieldset>
  );
}

function Person({ form }: { form: Form }) {
  const t = useMessages().public.register;
  return (
    <Fieldset legend={t.person}>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput label={t.name} autoComplete="name" {...field(form, 'name')} />
        <TextInput label={t.email} type="email" autoComplete="email" {...field(form, 'email')} />
        <TextInput label={t.phone} description={t.phoneHint} type="tel" autoComplete="tel" {...field(form, 'phone')} />
        <PasswordInput
          label={t.password}
          description={t.passwordHint}
          autoComplete="new-password"
          {...field(form, 'password')}
        />
      </SimpleGrid>
    </Fieldset>
  );
}

function field(form: Form, name: keyof Values & string) {
  return { required: true, withAsterisk: false, ...form.getInputProps(name) };
}
