/**
 * Seals secrets, so that whoever has the files and not the key learns nothing but how long they are.
 *
 * Every implementation promises, and `test/conformance/secret-box.suite.ts` checks:
 *
 * 1. **What was sealed opens**, with the same key and the same context: any text, as it was.
 * 2. **Nothing else does**: not what was changed in any way, nor what another key sealed, nor what was sealed for
 *    another context.
 * 3. **Never the same twice**: nobody sees that two secrets are equal, or that one is what it was before.
 * 4. **Its mark is its own**: the same text has the same mark in the same context, also tomorrow, and whoever has no key
 *    cannot tell what it is.
 *
 * That a sealed text is an older one of the same place, it cannot tell.
 */
export interface SecretBox {
  /**
   * @param context where it will be kept, such as `destination/crm/sharedSecret`: there alone it opens. It is not
   *   secret, and not in what comes out
   */
  seal(text: string, context: string): string;
  /** @throws SluiceError `secrets_key_wrong` when this was not sealed with this key for this context */
  open(sealed: string, context: string): string;
  /** A code by which this box knows that it was asked of this text before: 43 characters of base64url. */
  mark(text: string, context: string): string;
}
