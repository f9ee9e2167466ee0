import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandFailure } from '../exit-codes.ts';

/** Whether somebody is there who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Asks on a terminal whether to go on, where it was not said before.
 *
 * @param question what will happen, without its question mark
 * @throws CommandFailure when nobody can be asked, or the answer is no
 */
export async function confirm(question: string, { yes = false }: { readonly yes?: boolean }): Promise<void> {
  if (yes) return;
  if (!canAsk()) {
    throw new CommandFailure('usage', `nobody is here to be asked: ${question}?`, ['say so beforehand with --yes']);
  }
  const answer = await answerTo(`${question}? [y/N] `, process.stderr);
  if (!/^\s*y(?:es)?\s*$/i.test(answer)) throw new CommandFailure('failed', 'nothing was changed');
}

/** A line that is typed and not shown. */
export async function askSecret(prompt: string): Promise<string> {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const answer = answerTo('', nowhere);
  // Only now: until then, the terminal itself shows what is typed.
  process.stderr.write(prompt);
  const typed = (await answer).trim();
  process.stderr.write('\n');
  return typed;
}

async function answerTo(question: string, output: Writable): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await new Promise((resolve, reject) => {
      lines.question(question, resolve);
      lines.once('SIGINT', () => {
        // As a shell does for who was interrupted.
        process.stderr.write('\n');
        process.exit(130);
      });
      lines.once('close', () => {
        reject(new CommandFailure('failed', 'there was no answer, and nothing was changed'));
      });
    });
  } finally {
    lines.close();
  }
}
