import { accessOperations } from './access.ts';
import { alertOperations } from './alerts.ts';
import { auditOperations } from './audit.ts';
import { binOperations } from './bins.ts';
import { deliveryOperations } from './deliveries.ts';
import { destinationVerbOperations } from './destination-verbs.ts';
import { destinationOperations } from './destinations.ts';
import { diskOperations } from './disk.ts';
import { erasureOperations } from './erasures.ts';
import { eventOperations } from './events.ts';
import { listenerOperations } from './listeners.ts';
import type { Operation } from './operation.ts';
import { replayOperations } from './replays.ts';
import { sourceOperations } from './sources.ts';
import { statisticsOperations } from './statistics.ts';
import { streamOperations } from './stream.ts';

/** Everything that can be asked of the management API, by the ids of operations, in the order of the reference page. */
export const OPERATIONS = {
  ...sourceOperations,
  ...destinationOperations,
  ...destinationVerbOperations,
  ...eventOperations,
  ...deliveryOperations,
  ...streamOperations,
  ...replayOperations,
  ...erasureOperations,
  ...statisticsOperations,
  ...diskOperations,
  ...alertOperations,
  ...binOperations,
  ...listenerOperations,
  ...auditOperations,
  ...accessOperations,
} as const satisfies Readonly<Record<string, Operation>>;

export type Operations = typeof OPERATIONS;
export type OperationId = keyof Operations;
