import { alertOperations } from './alerts.ts';
import { destinationVerbOperations } from './destination-verbs.ts';
import { diskOperations } from './disk.ts';
import type { Operation } from './operation.ts';
import { replayOperations } from './replays.ts';

/** Everything that can be asked of the management API, by the ids of operations, in the order of the reference page. */
export const OPERATIONS = {
  ...destinationVerbOperations,
  ...replayOperations,
  ...diskOperations,
  ...alertOperations,
} as const satisfies Readonly<Record<string, Operation>>;

export type Operations = typeof OPERATIONS;
export type OperationId = keyof Operations;
