import { Alert, Button, Card, Group, JsonInput, Select, Stack, Switch, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { CALL_TYPES, type CallType } from '../../../../src/contract/vocabulary.ts';
import { ApiError, type Answered, client, type Listed, messageOf, useChange } from '../../api.ts';
import { formatOf } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { sampleCall } from '../../send.ts';
import { EndpointResult } from './endpoint-result.tsx';
import classes from './fields.module.css';
import { useIsAdmin } from '../../parts/role.ts';

type Destination = Listed<'listDestinations'>;
type Test = Answered<'testDestination'>;

const ALL = '';

/** Sends one event to a destination, at once and beside everything else, and shows what came of it. */
export function TestEvent({ destination }: { readonly destination: Destination }) {
  const isViewer = !useIsAdmin();
  const [type, setType] = useState<CallType>('track');
  const [call, setCall] = useState<string | null>(null);
  const [endpoint, setEndpoint] = useState(ALL);
  const [fault, setFault] = useState<unknown>(null);
  const [result, setResult] = useState<Test | null>(null);
  const send = useChange(
    async () =>
      client.testDestination({
        params: { id: destination.id },
        body: {
          ...(call === null ? { type } : { event: JSON.parse(call) as Record<string, unknown> }),
          ...(endpoint === ALL ? {} : { endpoint }),
        },
      }),
    { done: null, onError: setFault },
  );
  return (
    <Stack gap="lg" className={classes['fields']}>
      <Card withBorder>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setFault(null);
            send.mutate(undefined, { onSuccess: setResult });
          }}
        >
          <Stack>
            <Title order={2} size="h4">
              Send a test event
            </Title>
            <Text size="sm" c="var(--quiet)">
              It is sent once, also while the destination is disabled, paused or held. Nothing of it is in the log or
              the history.
            </Text>
            <Group align="flex-start">
              <Select
                label="A sample of"
                data={[...CALL_TYPES]}
                value={type}
                disabled={call !== null}
                allowDeselect={false}
                onChange={(chosen) => {
                  if (chosen !== null) setType(chosen);
                }}
              />
              <Select
                label="Endpoint"
                style={{ flex: '1 1 260px' }}
                data={[
                  { value: ALL, label: destination.endpoints.length === 1 ? 'The one it has' : 'All that it has' },
                  ...destination.endpoints.map(({ url }) => ({ value: url, label: url })),
                ]}
                value={endpoint}
                allowDeselect={false}
                onChange={(chosen) => {
                  setEndpoint(chosen ?? ALL);
                }}
              />
            </Group>
            <Switch
              label="Write the call myself"
              checked={call !== null}
              onChange={({ currentTarget }) => {
                setCall(currentTarget.checked ? JSON.stringify(callOf(type), null, 2) : null);
              }}
            />
            {call !== null && (
              <JsonInput
                label="Call"
                description="Whole, as a library would send it. Its messageId is replaced."
                value={call}
                onChange={setCall}
                formatOnBlur
                autosize
                minRows={6}
                maxRows={24}
                spellCheck={false}
                styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
                error={isJson(call) ? null : 'Is no JSON object'}
              />
            )}
            <Group>
              <Button
                type="submit"
                leftSection={<Icon name="send" size={16} />}
                loading={send.isPending}
                disabled={isViewer || (call !== null && !isJson(call))}
              >
                Send
              </Button>
              {isViewer && <Text size="sm">Sending takes the role admin.</Text>}
            </Group>
            {fault !== null && <SendFault error={fault} />}
          </Stack>
        </form>
      </Card>
      <Text size="sm" role="status">
        {result !== null && told(result)}
      </Text>
      {result !== null && <Result result={result} />}
    </Stack>
  );
}

function told({ endpoints, messageId, type }: Test): string {
  const took = endpoints.filter(({ outcome }) => outcome === 'succeeded').length;
  return `${took} of ${formatOf(endpoints.length, 'endpoint')} took the ${type} call ${messageId}.`;
}

function Result({ result: { endpoints, keptAwayBy } }: { readonly result: Test }) {
  return (
    <Stack gap="lg">
      {keptAwayBy !== null && (
        <Alert color="yellow" variant="light" title="A real one would not be sent" icon={<Icon name="alert" />}>
          {keptAwayBy === 'filter'
            ? "The destination's filter keeps such events away; it does not keep a test."
            : "The call's integrations keep it away from this destination; they do not keep a test."}
        </Alert>
      )}
      {endpoints.map((endpoint) => (
        <EndpointResult key={endpoint.endpoint} result={endpoint} />
      ))}
    </Stack>
  );
}

function SendFault({ error }: { readonly error: unknown }) {
  const problems = error instanceof ApiError ? error.details.problems : undefined;
  return (
    <Alert color="red" variant="light" role="alert" title="It was not sent" icon={<Icon name="alert" />}>
      <Text size="sm">{messageOf(error)}</Text>
      {Array.isArray(problems) &&
        (problems as { readonly path: string; readonly message: string }[]).map(({ path, message }) => (
          <Text key={`${path} ${message}`} size="sm" style={{ overflowWrap: 'anywhere' }}>
            {path} {message}
          </Text>
        ))}
    </Alert>
  );
}

/** Something to begin with, of each type. */
function callOf(type: CallType): Readonly<Record<string, unknown>> {
  const { event, properties, context, userId } = sampleCall();
  const who = { type, userId, context };
  switch (type) {
    case 'track':
      return { ...who, event, properties };
    case 'identify':
      return { ...who, traits: { name: 'Test User', email: 'test@example.com' } };
    case 'page':
    case 'screen':
      return { ...who, name: 'Home', properties: { title: 'Welcome' } };
    case 'group':
      return { ...who, groupId: 'test-group', traits: { name: 'Test Group' } };
    case 'alias':
      return { ...who, previousId: 'anonymous-test-user' };
  }
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
