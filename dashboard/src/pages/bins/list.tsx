import { Button, Card, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type Listed, client, useChange } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { Copy } from '../../parts/copy.tsx';
import { To } from '../../parts/links.tsx';
import { Empty, Fault, Loading, Page } from '../../parts/page.tsx';
import { useIsAdmin } from '../../parts/role.ts';
import { When } from '../../parts/when.tsx';
import { scriptWords } from './presets.ts';
import { UsedBy } from './used-by.tsx';

const ABOUT =
  'A bin is an endpoint to look at: use its URL in a destination, see each request as a receiver gets it, and have it fail in the ways that endpoints fail. What it holds is in memory, and gone after a restart; its URL stays good.';

/** Endpoints to look at: what is sent there is kept, and shown. */
export function Bins() {
  const navigate = useNavigate();
  const isAdmin = useIsAdmin();
  const { data, error, refetch } = useQuery({
    queryKey: ['bins', 'list'],
    queryFn: async ({ signal }) => client.listBins({ signal }),
    refetchInterval: 5_000,
  });
  const make = useChange(async () => client.createBin(), { done: null, refresh: [['bins', 'list']] });
  const button = isAdmin ? (
    <Button
      leftSection={<Icon name="add" size={16} />}
      loading={make.isPending}
      onClick={() => {
        make.mutate(undefined, {
          onSuccess: ({ id }) => void navigate({ to: '/bins/$bin', params: { bin: id } }),
        });
      }}
    >
      Make a bin
    </Button>
  ) : null;
  return (
    <Page title="Request bins" about={ABOUT} actions={button}>
      {error !== null && <Fault error={error} onRetry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading />
      ) : data.data.length === 0 ? (
        <Empty icon="bins" title="No bin is in use since Sluice was started" action={button}>
          One that was made before is listed again as soon as something is sent to it, or its page is opened.
        </Empty>
      ) : (
        <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
          {data.data.map((bin) => (
            <Bin key={bin.id} bin={bin} />
          ))}
        </Stack>
      )}
    </Page>
  );
}

function Bin({ bin: { id, url, script, requests, lastAt } }: { readonly bin: Listed<'listBins'> }) {
  return (
    <Card component="li" withBorder padding="sm">
      <Group justify="space-between" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <To to="/bins/$bin" params={{ bin: id }} fw={600} style={{ overflowWrap: 'anywhere' }}>
            {id}
          </To>
          <Text size="sm" c="var(--quiet)" style={{ overflowWrap: 'anywhere' }}>
            {formatOf(requests, 'request')}
            {lastAt !== null && (
              <>
                , the last one <When at={lastAt} />
              </>
            )}
            . Answers: {scriptWords(script)}.
            <UsedBy bin={id} before=" Endpoint of " />
          </Text>
        </div>
        <Copy text={url} what="URL of the bin" />
      </Group>
    </Card>
  );
}
