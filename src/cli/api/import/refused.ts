import { closeSync, fstatSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandFailure } from '../../exit-codes.ts';
import { printable } from '../../printable.ts';

/** The file that gets the lines which were not sent, to mend them and import them in their turn. */
export class RefusedFile {
  readonly #descriptor: number;
  /** Absolute. */
  readonly path: string;
  #bytes: number;

  /** @param left how long it was at least when earlier runs of the same import ended; null where it is not theirs */
  constructor(file: string, left: number | null) {
    this.path = resolve(file);
    this.#bytes = left ?? 0;
    try {
      this.#descriptor = openSync(file, left !== null || isEmpty(file) ? 'r+' : 'wx');
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Goes on where it was so long: what is behind that will be refused again. */
  goOnAt(bytes: number): void {
    if (fstatSync(this.#descriptor).size < bytes) {
      throw this.#failure('it is shorter than it was; begin anew with --restart and another file');
    }
    ftruncateSync(this.#descriptor, bytes);
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Answers how long the file is then. */
  add(line: Buffer): number {
    try {
      const bytes = Buffer.concat([line, Buffer.from('\n')]);
      writeSync(this.#descriptor, bytes, 0, bytes.length, this.#bytes);
      this.#bytes += bytes.length;
      return this.#bytes;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #failure(error: unknown): CommandFailure {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    const reason = error instanceof Error ? error.message : String(error);
    const said = isTaken ? 'it is there already, and may hold what somebody wants: name another' : reason;
    return new CommandFailure(
      'failed',
      `cannot write refused lines to ${printable(this.path, 200)}: ${printable(said, 300)}`,
    );
  }
}

/** There is such a file, and nothing in it that somebody could want. */
function isEmpty(file: string): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size === 0;
}
