import { Alert, Card, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { client, type Listed } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { To } from '../../parts/links.tsx';
import { Empty, Fault, Loading } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { When } from '../../parts/when.tsx';

/** What an operator should know, and what is over. */
export function Alerts() {
  const { data, error, refetch } = useQuery({
    queryKey: ['alerts'],
    queryFn: async ({ signal }) => client.listAlerts({ signal }),
    refetchInterval: 10_000,
  });
  if (error !== null) return <Fault error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  const { sending } = data;
  return (
    <Stack gap="sm">
      {sending === null ? (
        <Text size="sm" c="var(--quiet)">
          Alerts are shown here alone: `alerts.webhookUrl` of the configuration has them sent somewhere, such as Slack.
        </Text>
      ) : sending.problem === null ? (
        <Text size="sm" c="var(--quiet)">
          Alerts are sent to `alerts.webhookUrl`
          {sending.lastAt !== null && (
            <>
              , last <When at={sending.lastAt} />
            </>
          )}
          .
        </Text>
      ) : (
        <Alert color="red" variant="light" title="Alerts are not taken where they are sent">
          {sending.problem} ({formatOf(sending.waiting, 'request')} waiting)
        </Alert>
      )}
      {data.data.length === 0 ? (
        <Empty icon="done" title="Nothing is wrong">
          A destination that is held or lags, new dead letters, and a disk that fills up would be told of here.
        </Empty>
      ) : (
        <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }} role="list" aria-live="polite">
          {data.data.map((alert) => (
            <Told key={`${alert.kind} ${alert.destination ?? ''} ${alert.since}`} alert={alert} />
          ))}
        </Stack>
      )}
    </Stack>
  );
}

function Told({ alert: { state, message, destination, since, until } }: { readonly alert: Listed<'listAlerts'> }) {
  return (
    <Card component="li" withBorder padding="sm">
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <State state={state} label={state === 'standing' ? 'stands' : 'ended'} />
        <div style={{ minWidth: 0 }}>
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {message}
          </Text>
          <Text size="sm" c="var(--quiet)">
            {destination !== null && (
              <>
                <To to="/destinations/$destination/{-$tab}" params={{ destination }}>
                  {destination}
                </To>
                ,{' '}
              </>
            )}
            began <When at={since} />
            {until !== null && (
              <>
                , ended <When at={until} />
              </>
            )}
          </Text>
        </div>
      </Group>
    </Card>
  );
}
