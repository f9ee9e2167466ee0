/** Why a listener's program gave no answer: each of these is an error of an attempt too. */
export const CARRY_ERRORS = [
  'connection_refused',
  'connection_reset',
  'connection_failed',
  'bad_response',
  'timeout',
] as const;
export type CarryError = (typeof CARRY_ERRORS)[number];
