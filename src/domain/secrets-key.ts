/** 32 bytes as `openssl rand -hex 32` writes them, or `openssl rand -base64 32`: the one or the other by its length. */
const KEY = /^(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)$/;

/** Whether a text is a key that secrets can be sealed with. */
export function isSecretsKey(text: string): boolean {
  return KEY.test(text);
}

/** @param text for which `isSecretsKey` holds */
export function secretsKeyBytes(text: string): Uint8Array {
  return text.length === 64 ? Uint8Array.fromHex(text) : Uint8Array.fromBase64(text);
}
