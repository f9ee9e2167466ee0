import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { client, type Listed } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Explanation, shownCode } from '../../parts/explained.tsx';
import { To } from '../../parts/links.tsx';
import { Fault, Loading } from '../../parts/page.tsx';
import { When } from '../../parts/when.tsx';

type Delivery = Listed<'listDeliveries'>;

/** Of each outcome. */
const LOOKED_AT_MAX = 200;
/** A page looks at about a thousand deliveries, and may have none of those that are wanted. */
const PAGES_MAX = 5;

interface ErrorGroup {
  readonly code: string;
  readonly count: number;
  readonly lastAt: string;
}

/** What went wrong of late, by its reason. */
export function Errors({ destination }: { readonly destination: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['deliveries', destination, 'errors'],
    queryFn: async ({ signal }) => {
      const lists = await Promise.all([newest(destination, 'failed', signal), newest(destination, 'rejected', signal)]);
      return [...new Map(lists.flat().map((each) => [each.id, each])).values()];
    },
    refetchInterval: 15_000,
  });
  if (error !== null && data === undefined) return <Fault error={error} onRetry={() => void refetch()} />;
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        Errors by reason
      </Title>
      {data === undefined ? <Loading rows={2} /> : <Groups deliveries={data} destination={destination} />}
    </Stack>
  );
}

async function newest(destination: string, outcome: 'failed' | 'rejected', signal: AbortSignal): Promise<Delivery[]> {
  const found: Delivery[] = [];
  let pages = 0;
  const query = { destination, outcome, limit: String(LOOKED_AT_MAX) };
  for await (const { data } of client.pages.listDeliveries({ query, signal })) {
    found.push(...data);
    pages += 1;
    if (found.length >= LOOKED_AT_MAX || pages >= PAGES_MAX) break;
  }
  return found.slice(0, LOOKED_AT_MAX);
}

/** Each delivery counts once for each reason that it had. */
function grouped(deliveries: readonly Delivery[]): ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const { attempts } of deliveries) {
    const ofThis = new Map<string, string>();
    for (const { outcome, error, status, at } of attempts) {
      if (outcome !== 'failed' && outcome !== 'rejected') continue;
      const code = error?.code ?? `http_${String(status)}`;
      const before = ofThis.get(code);
      if (before === undefined || at > before) ofThis.set(code, at);
    }
    for (const [code, at] of ofThis) {
      const { count, lastAt } = groups.get(code) ?? { count: 0, lastAt: at };
      groups.set(code, { code, count: count + 1, lastAt: at > lastAt ? at : lastAt });
    }
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

interface GroupsProps {
  readonly deliveries: readonly Delivery[];
  readonly destination: string;
}

function Groups({ deliveries, destination }: GroupsProps) {
  if (deliveries.length === 0) {
    return (
      <Text size="sm" c="var(--quiet)">
        No attempt of the deliveries that were looked at failed.
      </Text>
    );
  }
  return (
    <>
      <Text size="sm" c="var(--quiet)">
        Of the newest {formatOf(deliveries.length, 'delivery', 'deliveries')} with a failed or rejected attempt (at most{' '}
        {LOOKED_AT_MAX} of each). Those that failed may have been delivered since.
      </Text>
      <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {grouped(deliveries).map(({ code, count, lastAt }) => (
          <Paper key={code} component="li" withBorder p="sm">
            <Group justify="space-between" gap="xs">
              <Text fw={600}>{shownCode(code)}</Text>
              <Text size="sm" c="var(--quiet)">
                <To
                  to="/destinations/$destination/{-$tab}"
                  params={{ destination, tab: 'deliveries' }}
                  search={{ error: code }}
                  aria-label={`${formatOf(count, 'delivery', 'deliveries')} with ${shownCode(code)}`}
                >
                  {formatOf(count, 'delivery', 'deliveries')}
                </To>
                , last <When at={lastAt} />
              </Text>
            </Group>
            <Explanation code={code} />
          </Paper>
        ))}
      </Stack>
    </>
  );
}
