import { CommanderError } from 'commander';
import { SluiceError } from '../domain/errors.ts';
import { makeProgram } from './program.ts';

try {
  await makeProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = exitCodeOf(error);
  const message = messageOf(error);
  if (message !== null) process.stderr.write(`sluice: ${message}\n`);
  // A start that failed half way may have left something open.
  process.exit();
}

/** 1 for a failure, 2 for wrong usage. Help and version come as an error with exit code 0. */
function exitCodeOf(error: unknown): number {
  if (!(error instanceof CommanderError)) return 1;
  return error.exitCode === 0 ? 0 : 2;
}

/** Null where commander has told it already. What nobody expected is told with its stack. */
function messageOf(error: unknown): string | null {
  if (error instanceof CommanderError) return null;
  if (error instanceof SluiceError) return error.message;
  return `unexpected failure: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
