import { existsSync } from 'node:fs';
import { dataFilesIn } from '../adapters/sql/data-folder.ts';
import { makeSystemAmbient } from '../adapters/system/ambient.ts';
import type { Config } from '../config/schema.ts';
import { version } from '../version.ts';
import { examineCertificate } from './certificate.ts';
import { examineClock } from './clock.ts';
import { examineFolder } from './data-folder.ts';
import { examineDisk, trySyncs } from './disk.ts';
import { examineEndpoints } from './endpoints.ts';
import type { Part } from './finding.ts';
import { examineKeys } from './keys.ts';
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
  const folder = examineFolder(config.dataDir);
  const tried = folder.isWritable
    ? trySyncs(dataFilesIn(config.dataDir).path, ambient)
    : { findings: [], stamped: null };
  const disk = [...tried.findings, ...examineDisk(folder.nearest, config)];
  onPart({ title: 'Data folder', findings: [...folder.findings, ...disk] });

  const keys = folder.isReadable ? examineKeys(config, configFile) : { findings: [], workspace: null };
  onPart({ title: 'Secrets', findings: keys.findings });
  const { logFolder } = dataFilesIn(config.dataDir);
  const hasLog = folder.isReadable && existsSync(logFolder);
  onPart({
    title: 'Clock',
    findings: await examineClock({
      logFolder: hasLog ? logFolder : null,
      stamped: tried.stamped,
      nowMs: ambient.nowMs(),
    }),
  });
  const server = [
    ...(await examinePort(config, folder.isInUse)),
    ...(await examineCertificate(config.http, ambient.nowMs())),
  ];
  onPart({ title: 'Server', findings: server });

  // Those of the file are in the workspace, once a Sluice was started with it.
  const destinations = new Map(
    [...(keys.workspace?.destinations ?? []), ...config.destinations].map((each) => [each.id, each]),
  );
  const findings = await examineEndpoints(config, [...destinations.values()], ambient);
  onPart({ title: 'Endpoints', findings });
}

/** What can be looked at without a configuration. */
export function examineAlone(onPart: (part: Part) => void): void {
  onPart({ title: 'Machine', findings: examineMachine(version) });
}

export { counted, type Finding, type Part } from './finding.ts';
