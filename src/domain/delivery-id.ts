import type { Position } from './event.ts';

/** Which delivery: the number of its lane in the delivery store, which no other lane ever has, and its position. */
export interface DeliveryKey {
  readonly lane: number;
  readonly position: Position;
}

/** Our id of a delivery, `dlv_…`: lane and position in base 36, so that looking one up needs no index. */
export function deliveryIdOf({ lane, position }: DeliveryKey): string {
  return `dlv_${lane.toString(36)}_${position.toString(36)}`;
}

/** Null for any other text. */
export function deliveryKeyOf(id: string): DeliveryKey | null {
  const [, lane, position] = /^dlv_([1-9a-z][0-9a-z]{0,10})_([1-9a-z][0-9a-z]{0,10})$/.exec(id) ?? [];
  if (lane === undefined || position === undefined) return null;
  const key = { lane: parseInt(lane, 36), position: parseInt(position, 36) };
  return Number.isSafeInteger(key.lane) && Number.isSafeInteger(key.position) ? key : null;
}
