/**
 * Texts that nobody guesses, and the hashes by which they are kept.
 *
 * Hashes are plain SHA-256. What makes the hash of a password slow is that passwords can be guessed one by one; of 32
 * random bytes there are so many that no speed helps.
 */
export interface Credentials {
  /** 32 bytes from the system's source of randomness, as 43 characters of base64url. */
  make(): string;
  /** As 43 characters of base64url. */
  hashOf(text: string): string;
}
