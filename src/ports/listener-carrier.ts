import type { CarryError } from '../domain/carried.ts';
import type { DeliveryMethod } from '../domain/destination.ts';

/**
 * Carries requests to whoever listens under a name, over a connection that they opened, and their answers back.
 *
 * Every implementation promises: a request is shown to one listener at a time, again to the one that comes in its place,
 * until it is answered or withdrawn; and an answer counts once.
 */
export interface ListenerCarrier {
  /** Resolves to what the listener's program answered. Never rejects, and never ends by itself while nobody answers. */
  carry(request: CarriedRequest): Promise<CarriedAnswer>;
  /** The time for a request is up: nobody is shown it any more, and `carry` resolves to `withdrawn`. */
  withdraw(id: string): Promise<void>;
}

export interface CarriedRequest {
  /** Of this one exchange. */
  readonly id: string;
  /** Name of the listener. */
  readonly listener: string;
  /** The event's or batch's id. */
  readonly webhookId: string;
  readonly method: DeliveryMethod;
  /** Names and values in turn, signatures among them, as they are to be sent. */
  readonly headers: readonly string[];
  readonly body: string;
  /** For the whole exchange. */
  readonly timeoutMs: number;
}

export type CarriedAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      /** Its beginning. */
      readonly body: Uint8Array;
      readonly isCut: boolean;
    }
  | { readonly kind: 'failed'; readonly code: CarryError; readonly message: string }
  /** `isThere`: whether somebody listened then. */
  | { readonly kind: 'withdrawn'; readonly isThere: boolean };
