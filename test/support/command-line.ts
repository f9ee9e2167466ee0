import { spawn } from 'node:child_process';
import { join } from 'node:path';

const SLUICE = join(import.meta.dirname, '../../bin/sluice');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Over the environment of this process, in which nothing says which Sluice is meant. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on stdin; nothing without it. */
  readonly input?: string;
}

/** Runs the command line until it ends, with nobody at a terminal. */
export async function runSluice(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(SLUICE, args, options);
}

/** The same by a shell, for what is about pipes: `"$SLUICE" sources list | head -1`. */
export async function runShell(script: string, options: RunOptions = {}): Promise<Ended> {
  return run('bash', ['-c', script], { ...options, env: { SLUICE, ...options.env } });
}

async function run(program: string, args: readonly string[], { env = {}, input = '' }: RunOptions): Promise<Ended> {
  const child = spawn(program, args, { env: { ...ownEnvironment(), ...env }, stdio: 'pipe' });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  // It may end before it has read all of it.
  child.stdin.on('error', () => undefined).end(input);
  const status = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  return { status, stdout: await stdout, stderr: await stderr };
}

/** Profiles and variables of whoever runs the tests are none of theirs. */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:SLUICE_|NO_COLOR$|FORCE_COLOR$)/.test(name));
  return { ...Object.fromEntries(kept), XDG_CONFIG_HOME: '/nonexistent' };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const piece of stream) text += String(piece);
  return text;
}
