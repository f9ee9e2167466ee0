/** What every command ends with, and what that means. `docs/cli.md` has the same table, and a test compares the two. */
export const EXIT_CODES = {
  done: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'it failed, or was not confirmed' },
  usage: { code: 2, meaning: 'the command was wrong: a flag, an argument, or what a setting was given' },
  changes: { code: 3, meaning: 'something would change (`config diff`)' },
  unreachable: { code: 4, meaning: 'no Sluice answers there' },
  forbidden: { code: 5, meaning: 'the token is missing, wrong, or may not do that' },
  missing: { code: 6, meaning: 'there is no such source, destination, event, delivery, replay, token or bin' },
} as const;
export type Ending = keyof typeof EXIT_CODES;

/** What a command could not do, told in a message that names the way out. Ends the program with the code of `ending`. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly ending: Ending;
  /** Lines below the message: each mistake, or what to run next. */
  readonly more: readonly string[];

  /** @param message safe to print: texts of others have gone through `printable` */
  constructor(ending: Ending, message: string, more: readonly string[] = []) {
    super(message);
    this.ending = ending;
    this.more = more;
  }
}

/** The table as a text for `--help`. */
export function exitCodesText(): string {
  const lines = Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${code}  ${meaning}`);
  return `\nExit codes:\n${lines.join('\n')}\n`;
}
