import { rotationMs } from './limits.ts';

/** A destination's secrets. Without a rotation the last two are null. */
export interface Secrets {
  /** Signs every request when set. */
  readonly sharedSecret: string | null;
  /** Signs beside it while receivers change over, and takes its place when that is over. */
  readonly nextSecret: string | null;
  /** When it does so by itself, by the wall clock. */
  readonly rotationEndsAtMs: number | null;
}

/**
 * What a destination's secrets become when somebody sets this one.
 *
 *     one secret ──another is set──▶ rotating ──24 h, or promoted──▶ one secret, the new one
 *         ▲                             │  ▲ │
 *         └──────the old one is set─────┘  └─┘ a third is set: it is the next one, from now
 *
 * Only a secret that replaces another has receivers that must change over: a first one signs at once, and with none
 * nothing is signed from then on.
 */
export function withSecret(current: Secrets, wanted: string | null, nowMs: number): Secrets {
  const { sharedSecret, nextSecret } = current;
  if (wanted === (nextSecret ?? sharedSecret)) return secretsOf(current);
  if (sharedSecret === null || wanted === null || wanted === sharedSecret) return onlySecret(wanted);
  return { sharedSecret, nextSecret: wanted, rotationEndsAtMs: nowMs + rotationMs };
}

/** Only the next secret signs from now on. Without a rotation nothing changes. */
export function promoted(current: Secrets): Secrets {
  return onlySecret(current.nextSecret ?? current.sharedSecret);
}

export function isRotationOver({ rotationEndsAtMs }: Secrets, nowMs: number): boolean {
  return rotationEndsAtMs !== null && rotationEndsAtMs <= nowMs;
}

/** Without what else is known of a destination. */
function secretsOf({ sharedSecret, nextSecret, rotationEndsAtMs }: Secrets): Secrets {
  return { sharedSecret, nextSecret, rotationEndsAtMs };
}

/** A secret, or none, without a rotation. */
export function onlySecret(sharedSecret: string | null): Secrets {
  return { sharedSecret, nextSecret: null, rotationEndsAtMs: null };
}
