/**
 * Makes a write key that nobody has and nobody guesses: `wk_` and 32 characters of the URL-safe base64 alphabet, 192
 * bits of chance that is fit for secrets. A key of a server's library is as secret as its holder keeps it.
 */
export type WriteKeyMaker = () => string;
