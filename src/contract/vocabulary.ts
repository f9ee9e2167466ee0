/**
 * What pages show of the domain besides answers: words, defaults and limits. There is no schema in it, so that it is
 * small in a browser.
 */
export { ALERT_KINDS, type AlertKind } from '../domain/alert.ts';
export { ATTEMPT_ERRORS, OUTCOMES, type Outcome } from '../domain/attempt.ts';
export { BACKOFF_PRESETS, longestRetryingMs } from '../domain/backoff.ts';
export { DELIVERY_STATES, type DeliveryState, FATE_STATES, type FateState } from '../domain/delivery.ts';
export {
  DEFAULT_BATCH_POLICY,
  DEFAULT_DELIVERY_POLICY,
  DELIVERY_METHODS,
  HISTORIES,
  ORDERS,
  SUCCESS_RULES,
} from '../domain/destination.ts';
export { ENDPOINT_STATES, type EndpointState } from '../domain/endpoint-standing.ts';
export { CALL_TYPES, type CallType, EVENT_TYPES, type EventType } from '../domain/event.ts';
export * as limits from '../domain/limits.ts';
export { REFUSALS } from '../domain/refusal.ts';
export { LIBRARIES, type Library } from '../domain/setup-code.ts';
export { CONNECTION_MODES, SOURCE_KINDS, type SourceKind } from '../domain/source.ts';
export { statusAdvice } from '../domain/status-advice.ts';
export { GAP_REASONS, type GapReason } from '../domain/stream-query.ts';
