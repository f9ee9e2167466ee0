/**
 * Who says what a source or a destination is: the configuration file, which alone may change it then, or operators by
 * the management API.
 */
export const ORIGINS = ['file', 'api'] as const;
export type Origin = (typeof ORIGINS)[number];
