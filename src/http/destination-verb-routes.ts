import type { IncomingMessage } from 'node:http';
import type { destinationVerbOperations, shownEndpoint, shownEndpoints } from '../contract/destination-verbs.ts';
import type { Shown } from '../contract/operation.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { ShownEndpoint } from '../pipeline/destination-standing.ts';
import type { Operate, OperatorAction, RecordAction } from '../pipeline/operate.ts';
import type { EndpointTest } from '../pipeline/test-endpoints.ts';
import type { HandlersOf } from './handlers.ts';

export interface DestinationVerbParts {
  readonly operate: Operate;
  /** Notes what was done in the name of whoever asked for it. */
  readonly recordAction: (action: OperatorAction, request: IncomingMessage) => Promise<void>;
  /** How the endpoints of a destination stand. */
  readonly endpointsOf: (destination: string) => Promise<readonly ShownEndpoint[]>;
}

/** What an operator can have done to a destination. */
export function destinationVerbHandlers({
  operate,
  recordAction,
  endpointsOf,
}: DestinationVerbParts): HandlersOf<typeof destinationVerbOperations> {
  const recorder =
    ({ raw }: { readonly raw: IncomingMessage }): RecordAction =>
    async (action) =>
      recordAction(action, raw);
  const standings = async (destination: string): Promise<Shown<typeof shownEndpoints>> => ({
    destination,
    endpoints: (await endpointsOf(destination)).map(shownStanding),
  });
  return {
    testDestination: async ({ params: { id }, body: { type, event, endpoint } = {} }, { request }) => {
      const asked = {
        ...(type === undefined ? {} : { type }),
        ...(event === undefined ? {} : { event }),
        ...(endpoint === undefined ? {} : { endpoint }),
      };
      const { endpoints, ...test } = await operate.test(id, asked, recorder(request));
      return { destination: id, ...test, endpoints: endpoints.map(shownTest) };
    },
    pauseDestination: async ({ params: { id }, body }, { request }) => {
      await operate.pause(id, body?.endpoint ?? null, recorder(request));
      return standings(id);
    },
    resumeDestination: async ({ params: { id }, body }, { request }) => {
      await operate.resume(id, body?.endpoint ?? null, recorder(request));
      return standings(id);
    },
  };
}

/** As a destination shows it. */
export function shownStanding({ url, state, reason, sinceMs }: ShownEndpoint): Shown<typeof shownEndpoint> {
  return { url, state, reason, since: sinceMs === null ? null : isoOf(sinceMs) };
}

function shownTest({ url, request: { method, ...request }, ...test }: EndpointTest) {
  return { endpoint: url, ...test, request: { method, url, ...request } };
}
