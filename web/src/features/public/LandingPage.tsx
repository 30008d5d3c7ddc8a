import { Box, Button, Card, Group, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMessages } from '../../messages/context';
import { StackedBar } from '../../ui/Bars';
import { useDocumentTitle } from '../../ui/Page';
import classes from './LandingPage.module.css';

export function LandingPage() {
  const m = useMessages();
  const t = m.public.landing;
  useDocumentTitle(m.common.appName, m.common.appName);
  return (
    <>
      <section className={classes.hero}>
        <Stack gap="lg">
          <Title order={1} className={classes.title}>
            {t.title}
          </Title>
          <Text size="lg" maw={520}>
            {t.lead}
          </Text>
          <Group>
            <Button size="md" renderRoot={(p) => <Link to="/register" {...p} />}>
              {t.apply}
            </Button>
            <Button size="md" variant="default" renderRoot={(p) => <Link to="/login" {...p} />}>
              {t.signIn}
            </Button>
          </Group>
          <Text size="sm" c="dimmed">
            {t.note}
          </Text>
        </Stack>
        <ExampleCall />
      </section>
      <Promises />
      <How />
    </>
  );
}

function ExampleCall() {
  const t = useMessages().public.landing;
  return (
    <Box className={classes.phone}>
      <Group justify="space-between" mb="md">
        <Title order={2} size="h3">
          {t.exampleTitle}
        </Title>
        <Text size="xs" c="dimmed">
          {t.exampleLength}
        </Text>
      </Group>
      <Stack gap={8}>
        {t.example.map((line) => (
          <div key={line.text} className={`${classes.line} ${line.who === 'Callshu' ? '' : classes.reply}`}>
            {line.who === 'Callshu' ? <VisuallyHidden>{line.who}: </VisuallyHidden> : <b>{line.who} </b>}
            {line.text}
          </div>
        ))}
      </Stack>
      <Title order={2} size="h3" mt="lg" mb="sm">
        {t.resultTitle}
      </Title>
      <StackedBar
        label={t.resultLabel}
        parts={[
          { key: 'confirmed', label: t.result.confirmed, value: 148, color: 'var(--mantine-color-teal-6)' },
          { key: 'back', label: t.result.callBack, value: 9, color: 'var(--mantine-color-orange-6)' },
          { key: 'voicemail', label: t.result.voicemail, value: 21, color: 'var(--mantine-color-blue-5)' },
          { key: 'open', label: t.result.open, value: 34, color: 'var(--mantine-color-gray-5)' },
        ]}
      />
    </Box>
  );
}

function Promises() {
  const t = useMessages().public.landing;
  return (
    <section className={classes.section}>
      <Title order={2} mb="lg">
        {t.promisesTitle}
      </Title>
      <div className={classes.grid}>
        {t.promises.map((p) => (
          <Card key={p.title} withBorder padding="lg">
            <Title order={3} mb={6}>
              {p.title}
            </Title>
            <Text size="sm" mb="md">
              {p.text}
            </Text>
            <Text size="sm" c="dimmed" className={classes.proof} mt="auto">
              {p.proof}
            </Text>
          </Card>
        ))}
      </div>
    </section>
  );
}

function How() {
  const t = useMessages().public.landing;
  return (
    <section className={classes.section}>
      <Title order={2} mb="lg">
        {t.howTitle}
      </Title>
      <Box component="ol" className={classes.grid} p={0} m={0} style={{ listStyle: 'none' }}>
        {t.how.map((step, i) => (
          <li key={step.title}>
            <Text c="dimmed" size="sm" fw={600} aria-hidden>
              {i + 1}
            </Text>
            <Title order={3} mt={2} mb={4}>
              {step.title}
            </Title>
            <Text size="sm">{step.text}</Text>
          </li>
        ))}
      </Box>
    </section>
  );
}
