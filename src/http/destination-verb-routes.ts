import type { destinationVerbOperations, shownEndpoint, shownEndpoints } from '../contract/destination-verbs.ts';
import type { Shown } from '../contract/operation.ts';
import { isoOf } from '../domain/timestamp.ts';
import { type ShownEndpoint, standingOf } from '../pipeline/destination-standing.ts';
import type { LaneStatus } from '../pipeline/lane-status.ts';
import type { Operate } from '../pipeline/operate.ts';
import type { EndpointTest } from '../pipeline/test-endpoints.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { destinationIn } from '../workspace/must-hold.ts';
import type { HandlersOf } from './handlers.ts';

export interface DestinationVerbParts {
  readonly operate: Operate;
  readonly workspace: WorkspaceStore;
  /** See `DestinationRouteParts`. */
  readonly statusOf: (destination: string) => Promise<readonly LaneStatus[] | null>;
}

/** What an operator can have done to a destination. */
export function destinationVerbHandlers({
  operate,
  workspace,
  statusOf,
}: DestinationVerbParts): HandlersOf<typeof destinationVerbOperations> {
  const standings = async (id: string): Promise<Shown<typeof shownEndpoints>> => {
    const { endpoints } = standingOf(destinationIn(workspace.current(), id), await statusOf(id));
    return { destination: id, endpoints: endpoints.map(shownStanding) };
  };
  return {
    testDestination: async ({ params: { id }, body: { type, event, endpoint } = {} }, { noted }) => {
      const asked = {
        ...(type === undefined ? {} : { type }),
        ...(event === undefined ? {} : { event }),
        ...(endpoint === undefined ? {} : { endpoint }),
      };
      const { endpoints, ...test } = await operate.test(id, asked, noted);
      return { destination: id, ...test, endpoints: endpoints.map(shownTest) };
    },
    pauseDestination: async ({ params: { id }, body }, { noted }) => {
      await operate.pause(id, body?.endpoint ?? null, noted);
      return standings(id);
    },
    resumeDestination: async ({ params: { id }, body }, { noted }) => {
      await operate.resume(id, body?.endpoint ?? null, noted);
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
