import type { JsonObject } from '../lib/json-object.ts';

/** What was changed of who may do what, for the audit trail. */
export interface AccessChange {
  /** The name of an actor. */
  readonly by: string;
  readonly action: 'token.create' | 'token.revoke' | 'session.begin' | 'session.end';
  /** The id of the token, or `admin token`. */
  readonly subject: string;
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
}
