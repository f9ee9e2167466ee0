import type { Role } from './actor.ts';
import { apiTokenNameCharsMax } from './limits.ts';

/** An operator's credential for the management API. Its text was shown once, and is not here. */
export interface ApiToken {
  /** Rises with each that is made. */
  readonly number: number;
  /** `tok_` and 16 characters, chosen at random. */
  readonly id: string;
  /** Unique, whatever the case. */
  readonly name: string;
  readonly role: Role;
  readonly createdAtMs: number;
  /** Who made it: the name of an actor. */
  readonly createdBy: string;
  /** Null: never. */
  readonly expiresAtMs: number | null;
  /** By itself or by a session that it began; null: not yet. */
  readonly lastUsedAtMs: number | null;
}

/** What an operator says of a token to be made. */
export type ApiTokenRequest = Pick<ApiToken, 'name' | 'role' | 'expiresAtMs'>;

/** So that whoever finds one, in a log or in a repository, sees what it is. */
export const API_TOKEN_PREFIX = 'slt_';

/**
 * Control characters, line ends among them, and those that turn the direction of writing: in a log or in the audit
 * trail, they would make a name look like something else.
 */
const DECEIVING = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** What is wrong with the name of a token, as the predicate of a sentence; null for nothing. */
export function problemOfName(name: string): string | null {
  const { length } = Array.from(name);
  if (length === 0 || length > apiTokenNameCharsMax) return `must have 1 to ${apiTokenNameCharsMax} characters`;
  if (name.trim() !== name) return 'must not begin or end with a blank';
  return DECEIVING.test(name) ? 'must be one line of text, without control characters' : null;
}

/** Names that are the same to whoever reads them have the same key. */
export function nameKeyOf(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

export function isExpired({ expiresAtMs }: Pick<ApiToken, 'expiresAtMs'>, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}
