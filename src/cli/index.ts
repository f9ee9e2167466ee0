import { CommanderError } from 'commander';
import { SluiceError } from '../domain/errors.ts';
import { CommandFailure, EXIT_CODES } from './exit-codes.ts';
import { endWithReaders } from './output.ts';
import { harmless } from './printable.ts';
import { makeProgram } from './program.ts';

endWithReaders();
try {
  await makeProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCodeOf(error);
  const message = messageOf(error);
  if (message !== null) process.stderr.write(`sluice: ${message}\n`);
  // A start that failed half way may have left something open.
  process.exit();
}

/** Help and version come as an error with exit code 0. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommandFailure) return EXIT_CODES[error.ending].code;
  if (!(error instanceof CommanderError)) return EXIT_CODES.failed.code;
  return error.exitCode === 0 ? EXIT_CODES.done.code : EXIT_CODES.usage.code;
}

/** Null where commander has told it already. What nobody expected is told with its stack. */
function messageOf(error: unknown): string | null {
  if (error instanceof CommanderError) return null;
  if (error instanceof CommandFailure) return [error.message, ...error.more].map(harmless).join('\n');
  if (error instanceof SluiceError) return error.message;
  return `unexpected failure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
