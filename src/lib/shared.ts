/**
 * The same work, but under way once at most: who asks while it is, shares its answer. For what many may ask for at
 * once and one answer serves.
 */
export function shared<T>(work: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | null = null;
  return async () =>
    (underWay ??= work().finally(() => {
      underWay = null;
    }));
}
