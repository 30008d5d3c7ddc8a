import { Anchor, Button, Group, Modal, Stack, Text, Title } from '@mantine/core';
import { IconDownload, IconMailForward } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { $api } from '../../api/client';
import type { Report } from '../../api/types';
import { useMessages } from '../../messages/context';
import { ErrorState, Loading } from '../../ui/Notice';
import { Time } from '../../ui/Time';
import { browserZone } from '../../ui/time';
import { useFormatTime } from '../../ui/useFormatTime';

/** Weeks begin at midnight there, wherever the operator is. */
export function useWeekOf(): (r: { week_start: string }) => string {
  const formatTime = useFormatTime();
  return (r) => formatTime(r.week_start, 'America/Toronto', 'date');
}

/** One week: its figures, its files and the mails they left by. */
export function ReportDetail({ report, onClose }: { report: Report; onClose: () => void }) {
  const t = useMessages().operator.reports;
  const formatTime = useFormatTime();
  const weekOf = useWeekOf();
  const queries = useQueryClient();
  const params = { params: { path: { id: report.id } } };
  const one = $api.useQuery('get', '/api/v1/operator/reports/{id}', params);
  const resend = $api.useMutation('post', '/api/v1/operator/reports/{id}/resend', {
    onSuccess: () => queries.invalidateQueries({ queryKey: ['get', '/api/v1/operator/reports/{id}'] }),
  });
  const gone = one.data?.files.some((f) => f.purged_at);
  const until = formatTime(report.kept_until, 'America/Toronto', 'date');
  const wide = { overflowWrap: 'anywhere' } as const;
  return (
    <Modal opened onClose={onClose} title={t.detailTitle(weekOf(report))} size="lg">
      {one.error && !one.data && <ErrorState error={one.error} onRetry={one.refetch} />}
      {!one.data && !one.error && <Loading lines={5} />}
      {one.data && (
        <Stack>
          <Text size="sm">{t.counts(report.events, report.late)}</Text>
          <div>
            <Text size="sm" c="dimmed">
              {t.head(report.chains, report.seals)}
            </Text>
            <Text size="sm" ff="monospace" style={wide}>
              {report.head}
            </Text>
          </div>
          <Title order={3} size="h4">
            {t.files}
          </Title>
          <Text size="sm" c="dimmed">
            {gone ? t.keptWere(until) : t.keptUntil(until)}
          </Text>
          {one.data.files.map((f) => (
            <div key={f.id}>
              {f.purged_at ? (
                <Text size="sm" style={wide}>
                  {f.name}
                </Text>
              ) : (
                <Anchor href={`/api/v1/operator/reports/${report.id}/files/${f.id}`} download size="sm" style={wide}>
                  <IconDownload size={14} aria-hidden /> {f.name}
                </Anchor>
              )}
              <Text size="sm">{t.file(f.rows, Math.ceil(f.size / 1024))}</Text>
              <Text size="xs" c="dimmed" ff="monospace" style={wide}>
                {f.sha256}
              </Text>
            </div>
          ))}
          <Title order={3} size="h4">
            {t.mails}
          </Title>
          {one.data.mails.map((mail) => (
            <Text key={`${mail.created_at} ${mail.files.join()}`} size="sm" style={wide}>
              <Time at={mail.created_at} zone={browserZone} withZone /> · {mail.recipient} ·{' '}
              {mail.sent_at ? t.sent : t.unsent(mail.attempts)}
              {mail.last_error && ` · ${mail.last_error}`}
            </Text>
          ))}
          {resend.error && <ErrorState error={resend.error} onRetry={() => resend.mutate(params)} />}
          <Group justify="space-between">
            <Text size="sm" role="status">
              {resend.isSuccess && t.resent}
            </Text>
            <Button
              variant="default"
              leftSection={<IconMailForward size={17} aria-hidden />}
              loading={resend.isPending}
              disabled={gone}
              onClick={() => resend.mutate(params)}
            >
              {t.resend}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
