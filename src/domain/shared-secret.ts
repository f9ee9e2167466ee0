/** What a secret begins with that is base64 to Standard Webhooks. */
export const STANDARD_PREFIX = 'whsec_';

/**
 * What is wrong with a secret that somebody sets, or null. One that begins with `whsec_` must be base64 from there on,
 * padded and with nothing left over: libraries of Standard Webhooks differ in what else they take, so that a receiver
 * could have another key of it than what signs, or none. Never with the secret in it.
 *
 * It is asked of what is set alone: what an older version has stored signs as it always did.
 */
export function sharedSecretProblem(secret: string): string | null {
  if (!secret.startsWith(STANDARD_PREFIX) || isBase64(secret.slice(STANDARD_PREFIX.length))) return null;
  return 'begins with `whsec_`, so what follows must be base64 (padded, as Standard Webhooks has it): take `whsec_` and what `openssl rand -base64 32` prints, or a secret that begins otherwise';
}

function isBase64(text: string): boolean {
  try {
    return text !== '' && btoa(atob(text)) === text;
  } catch {
    return false;
  }
}
