import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { arch, availableMemory, constrainedMemory, platform, versions } from 'node:process';
import { attemptsInFlightMax } from '../domain/limits.ts';
import { type Finding, ok, problem, sizeText, warning } from './finding.ts';

/** Attempts in flight, as many connections of libraries again, and what is open anyway. */
const OPEN_FILES_MIN = 2 * attemptsInFlightMax;
const MEMORY_MIN = 512 * 1024 ** 2;
const AVAILABLE_MIN = 256 * 1024 ** 2;
/** The versions that it is tested with begin here. */
const NODE_MAJOR_MIN = 26;

/** The program, and what the machine gives it. */
export function examineMachine(version: string): readonly Finding[] {
  return [nodeFinding(version), openFilesFinding(), memoryFinding()].filter((each) => each !== null);
}

function nodeFinding(version: string): Finding {
  const text = `Sluice ${version} on Node.js ${versions.node}, ${platform} ${release()} ${arch}, ${cpus().length} processors`;
  if (Number(versions.node.split('.')[0]) >= NODE_MAJOR_MIN) return ok('program', text);
  return problem('program', text, `run it with Node.js ${NODE_MAJOR_MIN} or later; bin/sluice has its own`);
}

/** Null where the system does not say. Node.js raises the soft limit to the hard one. */
function openFilesFinding(): Finding | null {
  const [, hard] = /^Max open files +\S+ +(\S+)/m.exec(textOf('/proc/self/limits') ?? '') ?? [];
  if (hard === undefined) return null;
  if (hard === 'unlimited' || Number(hard) >= OPEN_FILES_MIN) return ok('open files', `up to ${hard}`);
  return warning(
    'open files',
    `up to ${hard}, and with every attempt in flight Sluice has ${OPEN_FILES_MIN}`,
    `raise the limit: LimitNOFILE=65536 in the unit of systemd, or ulimit -Hn 65536`,
  );
}

function memoryFinding(): Finding {
  const constrained = constrainedMemory();
  const isConstrained = constrained > 0 && constrained < totalmem();
  const [total, available] = [isConstrained ? constrained : totalmem(), availableMemory()];
  const text = `${sizeText(available)} of ${sizeText(total)} available${isConstrained ? ', by the limit of its group' : ''}`;
  if (total < MEMORY_MIN) return warning('memory', text, `give it ${sizeText(MEMORY_MIN)} at least`);
  if (available < AVAILABLE_MIN) return warning('memory', text, 'find out what takes it, or give the machine more');
  return ok('memory', text);
}

export function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
