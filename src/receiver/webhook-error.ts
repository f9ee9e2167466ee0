/** Why a webhook was not taken → the status that says so to Sluice. */
const STATUSES = {
  /** The request has no signature of a scheme that is taken here. */
  missing_signature: 401,
  /** No signature of it was made with any of the secrets, over these bytes. */
  wrong_signature: 401,
  /** Genuine, and attempted longer ago than the tolerance: somebody may have kept it. */
  too_old: 401,
  /** Genuine, and attempted later than now: one of the clocks is wrong. */
  too_new: 401,
  /** Genuine, and no event, or something among its events that is none. */
  body_malformed: 400,
  /** It ended before all of it was there. */
  body_incomplete: 400,
  body_too_large: 413,
  wrong_method: 405,
  /** An event that `onEvent` wants never again: throw it yourself. */
  event_refused: 422,
  /** Somebody else works on the same event at this moment. */
  event_in_progress: 503,
  /** The receiver's own mistakes: there is nothing to check with, or nothing to check. */
  secret_missing: 500,
  secret_malformed: 500,
  body_parsed: 500,
} as const;

export type WebhookErrorReason = keyof typeof STATUSES;

/**
 * A webhook that is not taken. `reason` is for programs and stays the same; the message begins with it,
 * says what to do, and has nothing in it of what was sent or of a secret, so that it may be logged and answered.
 *
 * Throw one with `event_refused` from `onEvent` for an event that would fail each time: of a batch it is then tried alone
 * and given up, and the rest goes through.
 */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
  readonly reason: WebhookErrorReason;
  /** The HTTP status to answer with. */
  readonly status: number;

  constructor(reason: WebhookErrorReason, message: string, options?: ErrorOptions) {
    super(`${reason}: ${message}`, options);
    this.reason = reason;
    this.status = STATUSES[reason];
  }
}
