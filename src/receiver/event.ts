/** A JSON object, as its sender sent it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What every event has: Sluice fills it in where the sender did not. */
interface AnyEvent {
  readonly version: 1;
  /** The sender's id of the call, or one that Sluice made. */
  readonly messageId: string;
  /** When it happened, by Sluice's clock: ISO 8601, UTC. */
  readonly timestamp: string;
  /** When Sluice got it. */
  readonly receivedAt: string;
  /** Id of the source that it came from. */
  readonly projectId: string;
}

/** What every event has that a library sent. Sluice does not look into what is `unknown`: look before you use it. */
interface CallEvent extends AnyEvent {
  /** One of `userId` and `anonymousId` is there, and not empty. */
  readonly userId?: string | null;
  readonly anonymousId?: string | null;
  /** An object with whatever the library says of device and page, unless its sender sent something else. */
  readonly context: unknown;
  readonly integrations: unknown;
  /** `client` or `server`, unless its sender sent something else. */
  readonly channel: unknown;
  readonly originalTimestamp?: unknown;
  readonly sentAt?: unknown;
}

export interface TrackEvent extends CallEvent {
  readonly type: 'track';
  /** What happened. Never empty. */
  readonly event: string;
  readonly properties?: JsonObject | null;
}

export interface IdentifyEvent extends CallEvent {
  readonly type: 'identify';
  readonly traits?: JsonObject | null;
}

export interface PageEvent extends CallEvent {
  readonly type: 'page';
  readonly name?: string | null;
  readonly category?: string | null;
  readonly properties?: JsonObject | null;
}

export interface ScreenEvent extends CallEvent {
  readonly type: 'screen';
  readonly name?: string | null;
  readonly category?: string | null;
  readonly properties?: JsonObject | null;
}

export interface GroupEvent extends CallEvent {
  readonly type: 'group';
  readonly groupId: string;
  readonly traits?: JsonObject | null;
}

export interface AliasEvent extends CallEvent {
  readonly type: 'alias';
  readonly previousId: string;
}

/** Sluice's own: delete what you have of this person. One of `userId` and `anonymousId` is there. */
export interface DeleteEvent extends AnyEvent {
  readonly type: 'delete';
  readonly userId?: string;
  readonly anonymousId?: string;
  readonly context: null;
  readonly integrations: null;
  readonly channel: 'server';
}

/**
 * An event as Sluice delivers it, with the fields that it guarantees; the others that its sender sent are there too. A
 * `switch` over `type` tells them apart. Give it a `default`: a later Sluice may send types that are not here.
 */
export type WebhookEvent = TrackEvent | IdentifyEvent | PageEvent | ScreenEvent | GroupEvent | AliasEvent | DeleteEvent;
