import { Button, Card, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { client, type Listed, useChange } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { OutLink } from '../../parts/links.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';
import { useIsAdmin } from '../../parts/role.ts';

type Destination = Listed<'listDestinations'>;
type Endpoint = Destination['endpoints'][number];

/** Why an endpoint gets nothing now, and until when. */
const REASONS: Readonly<Record<string, string>> = {
  circuit_breaker: 'It failed for a while. Sluice asks it once in a while, and goes on by itself when it answers.',
  listener_away: 'Nobody runs sluice listen for it. Its events wait, and go on when somebody does.',
  retry_after: 'It said when it wants to be asked again (Retry-After). Sluice goes on by itself then.',
  operator: 'Somebody paused it. What is owed to it waits until it is resumed.',
  gone: 'It answered 410: it is gone for good. Correct its URL, or resume it once it is back.',
};

/** How a destination stands now. */
export function Standing({ destination }: { readonly destination: Destination }) {
  const { owed, endpoints } = destination;
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Now
      </Title>
      {owed === null ? (
        <Text size="sm">What is owed is not known at the moment; it is asked again.</Text>
      ) : (
        <SimpleGrid cols={{ base: 2, md: 4 }} spacing="sm">
          <Figure label="Waiting" hint="Events neither delivered yet nor dead">
            {formatCount(owed.waiting)}
          </Figure>
          <Figure label="Parked" hint="Of these, waiting for a retry">
            {formatCount(owed.parked)}
          </Figure>
          <Figure label="In flight" hint="Attempts being made">
            {formatCount(owed.inFlight)}
          </Figure>
          <Figure label="Oldest waiting" hint="When it was received">
            {owed.oldestAt === null ? '–' : <When at={owed.oldestAt} />}
          </Figure>
        </SimpleGrid>
      )}
      {owed !== null && owed.expired > 0 && (
        <Text size="sm" c="var(--bad)">
          Retention took {formatCount(owed.expired)} events while they waited.
        </Text>
      )}
      <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Endpoints">
        {endpoints.map((endpoint) => (
          <EndpointLine key={endpoint.url} destination={destination} endpoint={endpoint} />
        ))}
      </Stack>
    </Stack>
  );
}

interface FigureProps {
  readonly label: string;
  readonly hint: string;
  readonly children: ReactNode;
}

function Figure({ label, hint, children }: FigureProps) {
  return (
    <Card withBorder p="sm">
      <Text size="sm" fw={600}>
        {label}
      </Text>
      <Text size="xl" fw={650} component="div">
        {children}
      </Text>
      <Text size="xs" c="var(--quiet)">
        {hint}
      </Text>
    </Card>
  );
}

interface EndpointLineProps {
  readonly destination: Destination;
  readonly endpoint: Endpoint;
}

function EndpointLine({ destination: { id, enabled, endpoints }, endpoint }: EndpointLineProps) {
  const { url, state, reason, since } = endpoint;
  const mayChange = useIsAdmin();
  const isPaused = state === 'paused';
  const change = useChange(
    async () =>
      isPaused
        ? client.resumeDestination({ params: { id }, body: { endpoint: url } })
        : client.pauseDestination({ params: { id }, body: { endpoint: url } }),
    { refresh: [['destinations']], done: () => (isPaused ? 'The endpoint is resumed' : 'The endpoint is paused') },
  );
  return (
    <Paper component="li" withBorder p="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="xs" miw={0} flex={1}>
          <State state={state ?? 'unknown'} />
          <Text size="sm" component="div" miw={0}>
            <OutLink url={url} />
          </Text>
        </Group>
        {/* The page's own button does it for all of them. */}
        {mayChange && enabled && endpoints.length > 1 && (
          <Button
            size="xs"
            variant="default"
            loading={change.isPending}
            aria-label={`${isPaused ? 'Resume' : 'Pause'} ${url}`}
            onClick={() => {
              change.mutate(undefined);
            }}
          >
            {isPaused ? 'Resume' : 'Pause'}
          </Button>
        )}
      </Group>
      {reason !== null && (
        <Text size="sm" mt={4}>
          {Object.hasOwn(REASONS, reason) ? REASONS[reason] : reason}{' '}
          {since !== null && (
            <Text span inherit c="var(--quiet)">
              Since <When at={since} />.
            </Text>
          )}
        </Text>
      )}
    </Paper>
  );
}
