import { Button, Card, Group, PasswordInput, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { type Answered, client, useChange } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Copy } from '../../parts/copy.tsx';
import { ButtonTo, To } from '../../parts/links.tsx';
import { Empty, Fault, Loading, Page } from '../../parts/page.tsx';
import { useIsAdmin } from '../../parts/role.ts';
import { Answers } from './answers.tsx';
import { Request } from './request.tsx';
import { RequestList } from './request-list.tsx';
import { UsedBy } from './used-by.tsx';
import { useBinRequests } from './use-requests.ts';

type Bin = Answered<'getBin'>;

/** What is sent to a bin, as it comes, what it answers, and whether it is signed as it should be. */
export function BinPage() {
  const { bin: id } = useParams({ from: '/bins/$bin' });
  const { data, error, refetch } = useQuery({
    queryKey: ['bins', 'one', id],
    queryFn: async ({ signal }) => client.getBin({ params: { id }, signal }),
    // Somebody else may script it.
    refetchInterval: 5_000,
  });
  const trail = [
    <To key="bins" to="/bins" size="sm">
      Request bins
    </To>,
  ];
  return (
    <Page
      title={id.length > 24 ? `Bin ${id.replace(/^bin_/, '').slice(0, 8)}…` : `Bin ${id}`}
      trail={trail}
      actions={actionsOf(data)}
    >
      {error !== null && <Fault error={error} onRetry={() => void refetch()} />}
      {data === undefined ? error === null && <Loading /> : <Content key={id} bin={data} />}
    </Page>
  );
}

function actionsOf(bin: Bin | undefined) {
  if (bin === undefined) return null;
  return (
    <>
      <EmptyIt bin={bin} />
      <UseIt bin={bin} />
    </>
  );
}

function UseIt({ bin }: { readonly bin: Bin }) {
  if (!useIsAdmin()) return null;
  return (
    <ButtonTo to="/new-destination" search={{ endpoint: bin.url }} leftSection={<Icon name="destinations" size={16} />}>
      Use in a destination
    </ButtonTo>
  );
}

function EmptyIt({ bin: { id, requests } }: { readonly bin: Bin }) {
  const [isAsked, setIsAsked] = useState(false);
  const isAdmin = useIsAdmin();
  const empty = useChange(async () => client.emptyBin({ params: { id } }), {
    done: () => 'The bin is empty',
    refresh: [
      ['bins', 'one', id],
      ['bins', 'requests', id],
      ['bins', 'list'],
    ],
  });
  if (!isAdmin) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="remove" size={16} />}
        onClick={() => {
          setIsAsked(true);
        }}
      >
        Empty it
      </Button>
      <Confirm
        isOpen={isAsked}
        title="Empty this bin?"
        verb="Empty it"
        isBusy={empty.isPending}
        onClose={() => {
          setIsAsked(false);
        }}
        onConfirm={() => {
          empty.mutate(undefined, {
            onSettled: () => {
              setIsAsked(false);
            },
          });
        }}
      >
        <Text size="sm">
          What was sent to it ({formatOf(requests, 'request')}) is forgotten. Its URL and what it answers stay.
        </Text>
      </Confirm>
    </>
  );
}

function Content({ bin }: { readonly bin: Bin }) {
  const [secret, setSecret] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const { requests, error, state, retry } = useBinRequests(bin.id);
  const request = requests?.find(({ id }) => id === chosen) ?? null;
  const whole = useRef<HTMLDivElement>(null);
  // Where there is no room beside the list it stands below it.
  useEffect(() => {
    if (chosen !== null && matchMedia('(max-width: 74.99em)').matches) whole.current?.scrollIntoView();
  }, [chosen]);
  return (
    <>
      <Card withBorder>
        <Stack gap="sm">
          <Group gap={4} wrap="nowrap">
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {bin.url}
            </Text>
            <Copy text={bin.url} what="URL of the bin" />
          </Group>
          <Text size="sm" c="var(--quiet)">
            Whatever is sent here, or below it, by any method, is kept. <UsedBy bin={bin.id} before="Endpoint of " />
          </Text>
          <PasswordInput
            label="Shared secret of the destination"
            description="To check signatures with. It stays in this page."
            value={secret}
            maw={420}
            autoComplete="off"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the secret' }}
            onChange={({ currentTarget }) => {
              setSecret(currentTarget.value);
            }}
          />
        </Stack>
      </Card>
      <Answers bin={bin} />
      <Text size="sm" c={state === 'waiting' ? 'var(--warn)' : 'var(--quiet)'} role="status">
        {state === 'waiting'
          ? 'The connection was lost, and is tried again.'
          : state === 'connecting'
            ? 'Connecting …'
            : `Live: ${formatOf(requests?.length ?? 0, 'request')}, newest first. The newest 500 are kept, for a day and until Sluice is started again.`}
      </Text>
      {error !== null && <Fault error={error} onRetry={retry} />}
      {requests === undefined ? (
        error === null && <Loading />
      ) : requests.length === 0 ? (
        <Empty icon="bins" title="Nothing was sent here yet">
          Use its URL as the endpoint of a destination, or send something with curl. It appears as it comes.
        </Empty>
      ) : (
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
          <div style={{ minWidth: 0 }}>
            <RequestList
              bin={bin.id}
              requests={requests}
              secret={secret}
              chosen={request?.id ?? null}
              onChoose={setChosen}
            />
          </div>
          <div ref={whole} style={{ minWidth: 0, scrollMarginTop: 70 }}>
            {request === null ? (
              <Text size="sm" c="var(--quiet)">
                Choose a request to see all of it.
              </Text>
            ) : (
              <Request bin={bin} request={request} secret={secret} />
            )}
          </div>
        </SimpleGrid>
      )}
    </>
  );
}
