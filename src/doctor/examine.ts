import { existsSync } from 'node:fs';
import { dataFilesIn } from '../adapters/sql/data-folder.ts';
import { makeSystemAmbient } from '../adapters/system/ambient.ts';
import type { Config } from '../config/schema.ts';
import type { Destination } from '../domain/destination.ts';
import type { Workspace } from '../domain/workspace.ts';
import { version } from '../version.ts';
import { examineCertificate } from './certificate.ts';
import { examineClock } from './clock.ts';
import { examineFolder } from './data-folder.ts';
import { examineDisk, trySyncs } from './disk.ts';
import { examineEndpoints } from './endpoints.ts';
import { type Finding, type Part, reasonOf, warning } from './finding.ts';
import { examineConfigFile, examineKeys } from './keys.ts';
import { examineMachine } from './machine.ts';
import { examinePort } from './port.ts';

/**
 * `sluice doctor`: looks at everything that a Sluice of this configuration stands on, beside one that runs or without one.
 * It changes nothing; to know how fast the disk is, it writes a file that has no name. Nobody is sent a request but a Sluice
 * on this machine.
 *
 * @param onPart told of each part once it was looked at
 */
export async function examine(config: Config, configFile: string | null, onPart: (part: Part) => void): Promise<void> {
  const ambient = makeSystemAmbient();
  examineAlone(onPart);
  const { path, logFolder } = dataFilesIn(config.dataDir);
  const folder = examineFolder(config.dataDir);
  const tried = folder.isWritable ? trySyncs(path, ambient) : { findings: [], stamped: null };
  const disk = await looked('disk', () => examineDisk(folder.nearest, config));
  onPart({ title: 'Data folder', findings: [...folder.findings, ...tried.findings, ...disk] });

  let workspace: Workspace | null = null;
  const keys = await looked('secrets', () => {
    const ofFile = examineConfigFile(configFile, config);
    if (!folder.isReadable) return ofFile;
    const found = examineKeys(config);
    workspace = found.workspace;
    return [...ofFile, ...found.findings];
  });
  onPart({ title: 'Secrets', findings: keys });
  const log = folder.isReadable && existsSync(logFolder) ? logFolder : null;
  const clock = { logFolder: log, stamped: tried.stamped, nowMs: ambient.nowMs() };
  onPart({ title: 'Clock', findings: await looked('clock', async () => examineClock(clock)) });
  const port = await looked('port', async () => examinePort(config, folder.isInUse));
  const certificate = await looked('certificate', async () => examineCertificate(config.http, ambient.nowMs()));
  onPart({ title: 'Server', findings: [...port, ...certificate] });
  const destinations = destinationsOf(workspace, config);
  const endpoints = await looked('endpoints', async () => examineEndpoints(config, destinations, ambient));
  onPart({ title: 'Endpoints', findings: endpoints });
}

/** Those of the file are in the workspace, once a Sluice was started with it. */
function destinationsOf(workspace: Workspace | null, { destinations }: Config): readonly Destination[] {
  const all = [...(workspace?.destinations ?? []), ...destinations];
  return [...new Map(all.map((each) => [each.id, each])).values()];
}

/** Whatever goes wrong with looking at one thing, the others are looked at as well. */
async function looked(
  check: string,
  look: () => readonly Finding[] | Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    const wayOut = 'see that this user may read it; otherwise please report it';
    return [warning(check, `it could not be looked at: ${reasonOf(error)}`, wayOut)];
  }
}

/** What can be looked at without a configuration. */
export function examineAlone(onPart: (part: Part) => void): void {
  onPart({ title: 'Machine', findings: examineMachine(version) });
}

export { counted, type Finding, type Part } from './finding.ts';
