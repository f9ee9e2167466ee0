import { closeSync, openSync } from 'node:fs';

/** Answers how to ask whether the terminal that the process was started from is closed. Without one, it never is. */
export function watchTerminal(): () => boolean {
  const isThere = hasTerminal();
  return () => isThere && !hasTerminal();
}

/** The process's own terminal, whatever its input and output are: once that is closed it cannot be opened. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
