import { Anchor, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sluiceUrl } from '../../api.ts';
import { formatBytes } from '../../format.ts';
import { Fields } from '../../parts/fields.tsx';
import { Fault, Loading } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';

interface Readiness {
  readonly status: string;
  readonly version: string;
  readonly checks: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** How Sluice itself does, as a load balancer asks for it: `503` is an answer too. */
async function readiness(signal: AbortSignal): Promise<Readiness> {
  const response = await fetch(`${sluiceUrl}readyz`, { signal });
  const said = (await response.json()) as Partial<Readiness>;
  return {
    status: said.status ?? 'unknown',
    version: said.version ?? '',
    checks: said.checks ?? {},
    facts: said.facts ?? {},
  };
}

export function SystemHealth() {
  const { data, error, refetch } = useQuery({
    queryKey: ['readiness'],
    queryFn: async ({ signal }) => readiness(signal),
    refetchInterval: 5_000,
  });
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <Card withBorder>
        <Group mb="sm" gap="sm" role="status">
          <Title order={2} size="h4">
            Health
          </Title>
          <State state={data.status === 'ready' ? 'enabled' : 'rejected'} label={data.status} />
        </Group>
        <Stack gap="md">
          {Object.entries(data.checks).map(([name, { status, ...rest }]) => (
            <div key={name}>
              <Group gap="xs" mb={4}>
                <Text size="sm" fw={600}>
                  {name}
                </Text>
                <State state={status === 'ok' ? 'enabled' : 'rejected'} label={worded('status', status)} />
              </Group>
              <Fields fields={fieldsOf(rest)} />
            </div>
          ))}
        </Stack>
      </Card>
      <Card withBorder>
        <Title order={2} size="h4" mb="sm">
          About it
        </Title>
        <Fields fields={[['version', data.version], ...fieldsOf(data.facts)]} />
        <Group mt="md">
          <Anchor size="sm" href={`${sluiceUrl}metrics`} target="_blank">
            Metrics
          </Anchor>
          <Anchor size="sm" href={`${sluiceUrl}api/docs`} target="_blank">
            API reference
          </Anchor>
        </Group>
      </Card>
    </SimpleGrid>
  );
}

function fieldsOf(of: Readonly<Record<string, unknown>>): (readonly [string, string])[] {
  return Object.entries(of).map(([name, value]) => [name, worded(name, value)] as const);
}

function worded(name: string, value: unknown): string {
  if (typeof value === 'number' && name.endsWith('Bytes')) return formatBytes(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
