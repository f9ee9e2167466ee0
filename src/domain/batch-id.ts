/**
 * The id of a batch, `bat_…`, and the `webhook-id` of its requests. It says how many events the batch has, so that one
 * of which some are gone meanwhile is never sent under the same id. Contains no dot (Standard Webhooks).
 *
 * @param uuid makes it unlike any other
 */
export function batchIdOf(uuid: string, events: number): string {
  return `bat_${uuid.replaceAll('-', '')}_${events}`;
}

/** How many events the batch of this id has. */
export function batchSizeOf(batchId: string): number {
  return Number(batchId.slice(batchId.lastIndexOf('_') + 1));
}
