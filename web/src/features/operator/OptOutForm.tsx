import { Button, Card, Group, Radio, Select, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { DatePickerInput, TimePicker } from '@mantine/dates';
import '@mantine/dates/styles.css';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { $api } from '../../api/client';
import { useMessages } from '../../messages/context';
import { useOperatorNow } from '../../session/operator';
import { ConfirmTyped } from '../../ui/ConfirmTyped';
import { FormFailure } from '../../ui/FormFailure';
import { type ApiForm, useApiForm } from '../../ui/useApiForm';
import { useCalendarLocale } from '../../ui/useCalendarLocale';
import { type OptOutValues, optOutBody, wallClock } from './optOut';
import { useAccounts } from './useAccounts';

interface OptOutFormProps {
  onDone: (effect: { employers: number; calls_ended: number }) => void;
}

/** Who wants no calls, from whom, and how we know; then what it will do, before it does it. */
export function OptOutForm({ onDone }: OptOutFormProps) {
  const m = useMessages();
  const t = m.operator.optOuts;
  const now = useOperatorNow();
  const queries = useQueryClient();
  const accounts = useAccounts();
  const [asking, setAsking] = useState(false);
  const form = useApiForm<OptOutValues>(
    {
      initialValues: { phone: '', scope: 'account', account_id: null, evidence: '', reason: '', ...wallClock(now()) },
      validate: {
        account_id: (id, { scope }) => (scope === 'account' && !id ? m.public.required : null),
        date: (date) => (date ? null : m.public.required),
      },
    },
    { received_at: 'date' },
  );
  const record = $api.useMutation('post', '/api/v1/operator/opt-outs', {
    onSuccess: (effect) => {
      form.reset();
      setAsking(false);
      onDone(effect);
      void queries.invalidateQueries({ queryKey: ['get', '/api/v1/operator/opt-outs'] });
    },
    onError: (e) => {
      setAsking(false);
      form.refuse(e);
    },
  });
  const values = form.getValues();
  const company = accounts.data?.find((a) => a.id === values.account_id)?.legal_name ?? '';
  return (
    <Card withBorder padding="lg">
      <form
        onSubmit={form.onSubmit(() => {
          form.clearFailure();
          setAsking(true);
        })}
      >
        <Stack>
          <Title order={2} size="h3">
            {t.record}
          </Title>
          <TextInput
            label={t.phone}
            description={t.phoneHint}
            type="tel"
            autoComplete="off"
            required
            withAsterisk={false}
            maw={360}
            {...form.getInputProps('phone')}
          />
          <Scope form={form} accounts={accounts.data?.map((a) => ({ value: a.id, label: a.legal_name })) ?? []} />
          <Received form={form} />
          <Textarea
            label={t.evidence}
            description={t.evidenceHint}
            autosize
            minRows={2}
            maxLength={500}
            required
            withAsterisk={false}
            {...form.getInputProps('evidence')}
          />
          <Textarea
            label={t.reason}
            autosize
            minRows={2}
            maxLength={500}
            required
            withAsterisk={false}
            {...form.getInputProps('reason')}
          />
          <FormFailure text={form.failure} />
          <Group>
            <Button type="submit">{t.next}</Button>
          </Group>
        </Stack>
      </form>
      <ConfirmTyped
        opened={asking}
        onClose={() => setAsking(false)}
        title={t.confirmTitle}
        word={t.confirmWord}
        confirmLabel={t.record}
        color="red"
        busy={record.isPending}
        onConfirm={() => record.mutate({ body: optOutBody(form.getValues()) })}
      >
        <p>
          {values.scope === 'platform' ? t.effectPlatform(values.phone) : t.effectAccount(values.phone, company)}{' '}
          {values.scope === 'account' && t.effectOthers}
        </p>
        <p>{t.effectAlways}</p>
        <Text size="sm" fw={550}>
          {t.final}
        </Text>
      </ConfirmTyped>
    </Card>
  );
}

function Scope({ form, accounts }: { form: ApiForm<OptOutValues>; accounts: { value: string; label: string }[] }) {
  const t = useMessages().operator.optOuts;
  return (
    <>
      <Radio.Group label={t.scope} {...form.getInputProps('scope')}>
        <Stack gap="xs" mt={6}>
          <Radio value="account" label={t.scopes.account} />
          <Radio value="platform" label={t.scopes.platform} />
        </Stack>
      </Radio.Group>
      {form.getValues().scope === 'account' && (
        <Select
          label={t.account}
          placeholder={t.accountPlaceholder}
          nothingFoundMessage={t.accountNone}
          data={accounts}
          searchable
          maw={360}
          {...form.getInputProps('account_id')}
        />
      )}
    </>
  );
}

function Received({ form }: { form: ApiForm<OptOutValues> }) {
  const m = useMessages();
  const t = m.operator.optOuts;
  return (
    <Group align="flex-start">
      <DatePickerInput
        id="received-date"
        popoverProps={{ id: 'received-date' }}
        label={t.received}
        placeholder="2026-01-31"
        valueFormat="ddd, D MMM YYYY"
        hideOutsideDates
        weekendDays={[]}
        ariaLabels={m.composer.calendar}
        locale={useCalendarLocale()}
        w={190}
        {...form.getInputProps('date')}
      />
      <TimePicker
        label={t.time}
        format="24h"
        hoursInputLabel={m.composer.hoursInput}
        minutesInputLabel={m.composer.minutesInput}
        {...form.getInputProps('time')}
      />
    </Group>
  );
}
