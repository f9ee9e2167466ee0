import { Alert, Card, Group, Progress, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Answered, client } from '../../api.ts';
import { formatBytes, formatDay, formatOf, formatSpan } from '../../format.ts';
import { To } from '../../parts/links.tsx';
import { Fault, Loading } from '../../parts/page.tsx';

type DiskUse = Answered<'measureDisk'>;

const PARTS = [
  ['log', 'Event log'],
  ['history', 'History of deliveries'],
  ['refused', 'Refused calls'],
] as const;

/** What the data takes on disk, how long it is kept, and what was lost by that. */
export function Storage() {
  const { data, error, refetch } = useQuery({
    queryKey: ['disk'],
    queryFn: async ({ signal }) => client.measureDisk({ signal }),
    refetchInterval: 30_000,
  });
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading rows={6} />;
  const { disk, parts, expired } = data;
  return (
    <Stack gap="lg">
      {disk.isFull && (
        <Alert color="red" title="The disk is full" role="alert">
          Calls are not accepted until there is room.
        </Alert>
      )}
      {expired.map(({ destination, events }) => (
        <Alert key={destination} color="orange" variant="light">
          Retention took {formatOf(events, 'event')} while{' '}
          <To to="/destinations/$destination/{-$tab}" params={{ destination }}>
            {destination}
          </To>{' '}
          still waited for them.
        </Alert>
      ))}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {PARTS.map(([name, label]) => (
          <Part key={name} label={label} part={parts[name]} />
        ))}
      </SimpleGrid>
      <Text size="sm" c="var(--quiet)">
        The search index takes {formatBytes(parts.index.bytes)}.{' '}
        {disk.freeBytes === null
          ? 'The system does not tell how much of the disk is free.'
          : `${formatBytes(disk.freeBytes)} of the disk are free, of which ${formatBytes(disk.reserveBytes)} are kept in reserve.`}
      </Text>
      <ByDay days={data.data} />
    </Stack>
  );
}

function Part({ label, part }: { readonly label: string; readonly part: DiskUse['parts']['log'] }) {
  const { bytes, unusedBytes, bytesMax, ageMsMax } = part;
  return (
    <Card withBorder>
      <Title order={2} size="h5">
        {label}
      </Title>
      <Text size="xl" fw={650}>
        {formatBytes(bytes)}
      </Text>
      {bytesMax !== null && (
        <Progress
          value={Math.min(100, (100 * bytes) / bytesMax)}
          aria-label={`${label}: share of what it may take`}
          my={6}
        />
      )}
      <Text size="sm" c="var(--quiet)">
        {bytesMax === null ? 'No limit of size' : `of ${formatBytes(bytesMax)} at most`}; kept for{' '}
        {formatSpan(ageMsMax)}
        {unusedBytes > 0 ? `; ${formatBytes(unusedBytes)} of it are empty, and used first` : ''}
      </Text>
    </Card>
  );
}

function ByDay({ days }: { readonly days: DiskUse['data'] }) {
  const total = (day: DiskUse['data'][number]) => day.log + day.history + day.refused;
  const most = Math.max(1, ...days.map(total));
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        By day
      </Title>
      {days.length === 0 ? (
        <Text size="sm">Nothing is kept yet.</Text>
      ) : (
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Day</Table.Th>
              <Table.Th w="50%">Share of the largest</Table.Th>
              <Table.Th ta="right">Size</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {days.map((day) => (
              <Table.Tr key={day.at}>
                <Table.Td>{formatDay(Date.parse(day.at))}</Table.Td>
                <Table.Td>
                  <Progress.Root aria-hidden="true">
                    <Progress.Section value={(100 * day.log) / most} color="water" />
                    <Progress.Section value={(100 * day.history) / most} color="teal" />
                    <Progress.Section value={(100 * day.refused) / most} color="orange" />
                  </Progress.Root>
                </Table.Td>
                <Table.Td ta="right">
                  <span
                    title={`log ${formatBytes(day.log)}, history ${formatBytes(day.history)}, refused ${formatBytes(day.refused)}`}
                  >
                    {formatBytes(total(day))}
                  </span>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Group mt="xs">
        <Text size="xs" c="var(--quiet)">
          From the left: event log, history, refused calls.
        </Text>
      </Group>
    </Card>
  );
}
