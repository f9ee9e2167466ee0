export type InTurn = <Result>(run: () => Promise<Result>) => Promise<Result>;

/** Runs one thing after the other: none begins before the one that was asked for before it has ended. */
export function makeTurns(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return async (run) => {
    const turn = last.then(run);
    last = turn.catch(() => undefined);
    return turn;
  };
}
