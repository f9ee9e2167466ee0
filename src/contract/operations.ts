import { alertOperations } from './alerts.ts';
import { auditOperations } from './audit.ts';
import { destinationVerbOperations } from './destination-verbs.ts';
import { accessOperations } from './access.ts';
import { destinationOperations } from './destinations.ts';
import { diskOperations } from './disk.ts';
import type { Operation } from './operation.ts';
import { replayOperations } from './replays.ts';
import { sourceOperations } from './sources.ts';

/** Everything that can be asked of the management API, by the ids of operations, in the order of the reference page. */
export const OPERATIONS = {
  ...sourceOperations,
  ...destinationOperations,
  ...destinationVerbOperations,
  ...replayOperations,
  ...diskOperations,
  ...alertOperations,
  ...auditOperations,
  ...accessOperations,
} as const satisfies Readonly<Record<string, Operation>>;

export type Operations = typeof OPERATIONS;
export type OperationId = keyof Operations;
