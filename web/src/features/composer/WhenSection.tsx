import { Card, Checkbox, Group, NativeSelect, NumberInput, Radio, Select, Stack, Text, Title } from '@mantine/core';
import { DatePickerInput, TimePicker } from '@mantine/dates';
import '@mantine/dates/styles.css';
import { useMessages } from '../../messages/context';
import { useServerNow } from '../../session/session';
import { wallDate, zones } from '../../ui/time';
import { useCalendarLocale } from '../../ui/useCalendarLocale';
import type { DraftForm } from './Composer';

/** When it starts, when it ends at the latest, how often a phone is tried, and what a voicemail box hears. */
export function WhenSection({ form }: { form: DraftForm }) {
  const t = useMessages().composer;
  const draft = form.getValues();
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb="xs" id="when-title">
        {t.whenTitle}
      </Title>
      <Radio.Group
        aria-labelledby="when-title"
        value={draft.later ? 'later' : 'now'}
        onChange={(v) => form.setFieldValue('later', v === 'later')}
      >
        <Stack gap="xs">
          <Radio value="now" label={t.now} />
          <Radio value="later" label={t.at} />
        </Stack>
      </Radio.Group>
      {draft.later && <WallTime form={form} of="start" withZone />}
      <Text size="sm" c="dimmed" mt="sm">
        {t.hours}
      </Text>
      <Checkbox
        mt="lg"
        label={t.until}
        description={t.untilHint}
        checked={draft.until}
        onChange={(e) => form.setFieldValue('until', e.currentTarget.checked)}
      />
      {draft.until && <WallTime form={form} of="until" withZone={!draft.later} />}
      <Title order={3} mt="lg" mb="xs">
        {t.triesTitle}
      </Title>
      <Group align="flex-end">
        <NativeSelect
          label={t.attempts}
          data={['1', '2', '3']}
          value={String(draft.max_attempts)}
          onChange={(e) => form.setFieldValue('max_attempts', Number(e.currentTarget.value))}
          error={form.errors.max_attempts}
        />
        {draft.max_attempts > 1 && (
          <NumberInput
            label={t.retryMinutes}
            min={30}
            max={1440}
            step={15}
            clampBehavior="blur"
            allowDecimal={false}
            w={190}
            value={draft.retry_minutes}
            onChange={(v) => typeof v === 'number' && form.setFieldValue('retry_minutes', v)}
            error={form.errors.retry_minutes}
          />
        )}
      </Group>
      <Title order={3} mt="lg" mb="xs" id="voicemail-title">
        {t.voicemailTitle}
      </Title>
      <Radio.Group aria-labelledby="voicemail-title" {...form.getInputProps('content.voicemail')}>
        <Stack gap="xs">
          <Radio value="leave" label={t.voicemail.leave} />
          <Radio value="no_answer" label={t.voicemail.no_answer} />
          <Radio value="hang_up" label={t.voicemail.hang_up} />
        </Stack>
      </Radio.Group>
    </Card>
  );
}

interface WallTimeProps {
  form: DraftForm;
  of: 'start' | 'until';
  /** One zone serves both times: it stands at the first of them. */
  withZone: boolean;
}

function WallTime({ form, of, withZone }: WallTimeProps) {
  const t = useMessages().composer;
  const locale = useCalendarLocale();
  const now = useServerNow();
  const draft = form.getValues();
  const words = of === 'start' ? t : t.untilLabels;
  const date = `${of}_date` as const;
  const time = `${of}_time` as const;
  return (
    <Group mt="sm" align="flex-start">
      <DatePickerInput
        id={`${of}-date`}
        popoverProps={{ id: `${of}-date` }}
        label={words.date}
        placeholder="2026-01-31"
        valueFormat="ddd, D MMM YYYY"
        minDate={wallDate(now(), draft.start_zone)}
        hideOutsideDates
        weekendDays={[]}
        ariaLabels={t.calendar}
        locale={locale}
        w={190}
        value={draft[date] || null}
        onChange={(v) => form.setFieldValue(date, v ?? '')}
        error={form.errors[date]}
      />
      <TimePicker
        label={words.time}
        format="24h"
        hoursInputLabel={words.hoursInput}
        minutesInputLabel={words.minutesInput}
        value={draft[time]}
        onChange={(v) => form.setFieldValue(time, v)}
        error={form.errors[time]}
      />
      {withZone && (
        <Select
          label={t.zone}
          data={[...zones]}
          searchable
          allowDeselect={false}
          w={220}
          {...form.getInputProps('start_zone')}
        />
      )}
    </Group>
  );
}
