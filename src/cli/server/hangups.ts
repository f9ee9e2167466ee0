/**
 * SIGHUP, which asks a server to read its configuration again. From the moment this is made it ends the process no
 * more; one that comes before somebody listens is kept for them.
 */
export class Hangups {
  #listener: (() => void) | null = null;
  #isKept = false;

  constructor() {
    process.on('SIGHUP', () => {
      if (this.#listener === null) this.#isKept = true;
      else this.#listener();
    });
  }

  listen(listener: () => void): void {
    this.#listener = listener;
    if (this.#isKept) listener();
  }
}
