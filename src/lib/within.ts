/** What the work answers, or null when it has not answered by then, or failed. The work itself goes on. */
export async function within<T>(
  ms: number,
  work: Promise<T>,
  clock: { after(ms: number, run: () => void): { cancel(): void } },
): Promise<T | null> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => {
      resolve(null);
    });
    const settle = (answer: T | null): void => {
      timer.cancel();
      resolve(answer);
    };
    work.then(settle, () => {
      settle(null);
    });
  });
}
