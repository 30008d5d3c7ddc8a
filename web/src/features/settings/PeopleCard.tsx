import { Button, Card, Group, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMessages } from '../../messages/context';

/** The way to who has access. */
export function PeopleCard() {
  const t = useMessages().users;
  return (
    <Card withBorder padding="lg">
      <Title order={2} size="h3" mb={4}>
        {t.title}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {t.lead}
      </Text>
      <Group>
        <Button variant="default" renderRoot={(p) => <Link to="/users" {...p} />}>
          {t.manage}
        </Button>
      </Group>
    </Card>
  );
}
