import { Button, Container, Stack, Text, Title } from '@mantine/core';
import { messageOf } from '../api.ts';

/** A page failed, or its files are of a build that is gone. */
export function Crashed({ error }: { readonly error: unknown }) {
  return (
    <Container size="sm" py={64}>
      <Stack align="flex-start">
        <Title order={1} size="h3">
          This page failed
        </Title>
        <Text>{messageOf(error)}</Text>
        <Text size="sm" c="var(--quiet)">
          After Sluice was upgraded, loading the page again is all it takes.
        </Text>
        <Button
          onClick={() => {
            window.location.reload();
          }}
        >
          Load it again
        </Button>
      </Stack>
    </Container>
  );
}
