import { Card, NumberInput, Select, SimpleGrid, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { BACKOFF_PRESETS, DELIVERY_METHODS, limits, longestRetryingMs } from '../../../../src/contract/vocabulary.ts';
import { formatOf, formatSpan } from '../../format.ts';
import { Choice } from './choice.tsx';
import { useSettingsContext, type Values, waitsOf } from './settings-form.ts';

const { policyLimits } = limits;

/** How it tries, and when it stops trying. */
export function PolicyFields() {
  return (
    <>
      <Retrying />
      <Pace />
      <Requests />
    </>
  );
}

function Retrying() {
  const form = useSettingsContext();
  const { backoff } = form.values;
  return (
    <Card withBorder>
      <Stack>
        <Title order={2} size="h4">
          When an endpoint fails
        </Title>
        <Choice
          label="Delivered when"
          path="success"
          choices={[
            [
              'any',
              'Any endpoint took it',
              'The first success finishes the delivery; a failing endpoint beside a working one is not tried again.',
            ],
            [
              'every',
              'Every endpoint took it',
              'Each endpoint has a delivery of its own; one that fails is tried again by itself, and the others do not notice.',
            ],
          ]}
        />
        <Choice
          label="Waits between attempts"
          path="backoff"
          onChange={(chosen) => {
            // How many retries there are belongs to the waits.
            if (chosen === 'durable') form.setFieldValue('retries', BACKOFF_PRESETS.durable.length);
            else form.setFieldValue('retries', waitsOf({ backoff: 'list', waits: form.values.waits })?.length ?? 1);
          }}
          choices={[
            [
              'list',
              'As listed',
              'By default one retry after a second, as Segment does it: what is down for longer loses events to the dead letters.',
            ],
            [
              'durable',
              'Durable',
              '20 waits over a day, from 5 seconds to 3 hours: an endpoint that is down overnight still gets everything.',
            ],
          ]}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <NumberInput
            label="Retries"
            description={`Attempts after the first, 0 to ${policyLimits.retriesMax}`}
            min={0}
            max={policyLimits.retriesMax}
            clampBehavior="none"
            {...form.getInputProps('retries')}
          />
          {backoff === 'list' && (
            <TextInput
              label="Waits"
              description="Such as 1s, 30s, 5min, 2h; the last one repeats"
              {...form.getInputProps('waits')}
            />
          )}
        </SimpleGrid>
        <Text size="sm" role="status">
          {inTime(form.values)}
        </Text>
        <NumberInput
          label="Timeout (ms)"
          description="For a whole exchange, connecting included. One that takes longer counts as failed, even if it worked."
          maw={480}
          min={policyLimits.timeoutMsMin}
          max={policyLimits.timeoutMsMax}
          clampBehavior="none"
          {...form.getInputProps('timeoutMs')}
        />
        <Switch
          label="Circuit breaker"
          description="Holds an endpoint that is down instead of spending attempts on it: its events wait with their retries unspent, and a probe every 5 to 60 seconds finds out when it is back. Off, each event uses up its retries against it."
          {...form.getInputProps('circuitBreaker', { type: 'checkbox' })}
        />
      </Stack>
    </Card>
  );
}

/** What the choices come to for an event that nobody takes. */
function inTime({ retries, backoff, waits }: Values): string {
  const list = waitsOf({ backoff, waits });
  const count = Number(retries);
  if (list === null || retries === '' || !Number.isInteger(count) || count < 0) return '';
  if (count === 0) return 'An event whose only attempt fails is dead at once.';
  const lastMs = longestRetryingMs({ retries: count, backoffMs: list });
  return `An event that keeps failing is dead after ${formatOf(count + 1, 'attempt')}, at most ${formatSpan(lastMs)} of waiting.`;
}

function Pace() {
  const form = useSettingsContext();
  return (
    <Card withBorder>
      <Stack>
        <Title order={2} size="h4">
          Pace and order
        </Title>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <NumberInput
            label="Concurrency"
            description="Attempts in flight at each endpoint at most. Timeouts halve what is used of it, answers raise it again."
            min={1}
            max={policyLimits.concurrencyMax}
            clampBehavior="none"
            {...form.getInputProps('concurrency')}
          />
          <NumberInput
            label="Rate limit (per second)"
            description="Attempts that begin at each endpoint, retries included. Empty: no limit. What is above it waits."
            min={policyLimits.rateLimitPerSecondMin}
            max={policyLimits.rateLimitPerSecondMax}
            clampBehavior="none"
            {...form.getInputProps('rateLimitPerSecond')}
          />
        </SimpleGrid>
        <Choice
          label="Order"
          path="order"
          choices={[
            ['none', 'None', 'Everything goes out as soon as it can; what failed comes later than what followed it.'],
            [
              'user',
              'Of each user',
              'While an event of a user waits for its retry, later ones of that user wait behind it. Others do not notice.',
            ],
          ]}
        />
      </Stack>
    </Card>
  );
}

function Requests() {
  const form = useSettingsContext();
  const { isBatched } = form.values;
  return (
    <Card withBorder>
      <Stack>
        <Title order={2} size="h4">
          Requests
        </Title>
        <Switch
          label="Batch"
          description="Several events in one request, as a JSON array: one that fails is tried again whole. Not together with an order of each user."
          {...form.getInputProps('isBatched', { type: 'checkbox' })}
        />
        {isBatched && <BatchFields />}
        <Select
          label="Method"
          description="What receivers get; an endpoint that answers 405 wants another one"
          maw={480}
          data={[...DELIVERY_METHODS]}
          allowDeselect={false}
          {...form.getInputProps('method')}
        />
        <Choice
          label="History"
          path="history"
          choices={[
            [
              'sampled',
              'Sampled',
              'Request and response of one success a minute at each endpoint; of failures always.',
            ],
            ['all', 'All', 'Of every attempt: about 1 KiB more on disk for each.'],
          ]}
        />
        <Switch
          label="Labels on alias events"
          description="Adds the keys Previous ID and User ID to alias events, for receivers that read those"
          {...form.getInputProps('aliasLabels', { type: 'checkbox' })}
        />
      </Stack>
    </Card>
  );
}

function BatchFields() {
  const form = useSettingsContext();
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }}>
      <NumberInput
        label="Events at most"
        min={1}
        max={policyLimits.batchEventsMax}
        clampBehavior="none"
        {...form.getInputProps('batch.maxEvents')}
      />
      <NumberInput
        label="Bytes at most"
        min={policyLimits.batchBytesMin}
        max={policyLimits.batchBytesMax}
        thousandSeparator=","
        clampBehavior="none"
        {...form.getInputProps('batch.maxBytes')}
      />
      <NumberInput
        label="Wait at most (ms)"
        min={0}
        max={policyLimits.batchWaitMsMax}
        clampBehavior="none"
        {...form.getInputProps('batch.maxWaitMs')}
      />
    </SimpleGrid>
  );
}
