import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { getuid } from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { type DataFiles, dataFilesIn } from '../adapters/sql/data-folder.ts';
import { UNFINISHED } from '../adapters/sql/new-folder.ts';
import { codeOf, type Finding, ok, problem, reasonOf, warning } from './finding.ts';

/** What was found of the data folder, for who looks on. */
export interface FolderFound {
  readonly findings: readonly Finding[];
  /** It is there and can be read. */
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** A Sluice has it now. */
  readonly isInUse: boolean;
  /** The folder, or the nearest one above it that is there. */
  readonly nearest: string;
}

/** Whether the data folder is there, whose it is, who has it, and what it is on. Changes nothing. */
export function examineFolder(dataDir: string): FolderFound {
  const files = dataFilesIn(dataDir);
  const stat = statOf(files.path);
  const nearest = nearestOf(files.path);
  const nothing = { isReadable: false, isWritable: false, isInUse: false, nearest };
  if (stat === null) return { ...nothing, findings: [absentFinding(files.path, nearest), ...kindFindings(nearest)] };
  if (!stat.isDirectory()) {
    const text = `${files.path} is no folder`;
    return { ...nothing, findings: [problem('data folder', text, 'name another one: dataDir, or --data-dir')] };
  }
  const access = accessFinding(files.path, stat);
  const isReadable = may(files.path, constants.R_OK | constants.X_OK);
  const lock = isReadable ? lockFinding(files) : null;
  const findings = [
    access,
    ...(lock === null ? [] : [lock.finding]),
    ...(isReadable ? contentFindings(files.path) : []),
  ];
  return {
    findings: [...findings, ...kindFindings(files.path)],
    ...{ isReadable, isWritable: may(files.path, constants.W_OK), isInUse: lock?.isHeld ?? false, nearest },
  };
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function nearestOf(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestOf(dirname(path));
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function absentFinding(path: string, nearest: string): Finding {
  if (may(nearest, constants.W_OK | constants.X_OK)) {
    return ok('data folder', `${path} is not there yet; the first start makes it`);
  }
  return problem(
    'data folder',
    `${path} is not there, and cannot be made by this user in ${nearest}`,
    `make it for the user who runs Sluice: install -d -m 700 -o USER ${path}`,
  );
}

function accessFinding(path: string, { uid, mode }: Stats): Finding {
  const own = getuid?.() ?? uid;
  const shown = (mode & 0o777).toString(8);
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const wayOut =
      codeOf(error) === 'EROFS'
        ? 'it is on a file system that is mounted read-only: mount it for writing'
        : `have it belong to the user who runs Sluice (chown -R USER ${path}), or run this as that user`;
    return problem(
      'data folder',
      `${path} cannot be read and written by user ${own} (it is of ${uid}, mode ${shown})`,
      wayOut,
    );
  }
  if (uid !== own) {
    const wayOut = 'run this as the user who runs Sluice, who may be able to do less';
    return warning('data folder', `${path} belongs to user ${uid}, and this runs as ${own}`, wayOut);
  }
  if ((mode & 0o077) !== 0) {
    return warning('data folder', `${path} can be looked into by others (mode ${shown})`, `chmod 700 ${path}`);
  }
  return ok('data folder', `${path}, this user's alone`);
}

/**
 * Whether somebody has the lock: who reads the file that it is on is refused then. Another process's lock is not ended
 * by that, and nothing is written.
 */
function lockFinding({ path }: DataFiles): { readonly finding: Finding; readonly isHeld: boolean } | null {
  const file = join(path, 'lock.db');
  if (!existsSync(file)) return null;
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    db.prepare('select count(*) from sqlite_schema').get();
    return { finding: ok('lock', 'no Sluice has the data folder now'), isHeld: false };
  } catch (error) {
    const isHeld = /locked|busy/i.test(reasonOf(error));
    if (isHeld) return { finding: ok('lock', `a Sluice has the data folder now${ownerOf(path)}`), isHeld };
    const wayOut = 'see that this user may read all files in it';
    return {
      finding: warning('lock', `whether a Sluice has the data folder cannot be told: ${reasonOf(error)}`, wayOut),
      isHeld,
    };
  } finally {
    db?.close();
  }
}

function ownerOf(path: string): string {
  try {
    const owner = readFileSync(join(path, 'lock.pid'), 'utf8').trim();
    return /^\d+$/.test(owner) ? ` (process ${owner})` : '';
  } catch {
    return '';
  }
}

function contentFindings(path: string): readonly Finding[] {
  const names = readdirSync(path);
  const left = names.find((name) => name.startsWith(UNFINISHED));
  if (left !== undefined) {
    const wayOut = 'remove the folder, and run the same restore again';
    return [problem('content', `a restore was cut short here: it left ${left}`, wayOut)];
  }
  const isStrange = names.length > 0 && !names.includes('workspace.db') && !names.includes('lock.db');
  if (!isStrange) return [];
  const wayOut = 'name an empty folder, or one that Sluice has made: dataDir, or --data-dir';
  return [warning('content', `it has ${names.length} files, and none of them is Sluice's`, wayOut)];
}

/** `f_type` of statfs(2). What locks and syncs of a file mean on the first is up to another machine. */
const REMOTE: Readonly<Record<number, string>> = {
  ...{ 0x6969: 'NFS', 0x517b: 'SMB', 0xff534d42: 'CIFS', 0xfe534d42: 'SMB', 0x5346414f: 'AFS' },
  ...{ 0x00c36400: 'Ceph', 0x01021997: '9P', 0x65735546: 'FUSE', 0x0bd00bd0: 'Lustre' },
};
const PASSING: Readonly<Record<number, string>> = {
  0x01021994: 'in memory (tmpfs), and gone when the machine is restarted',
  0x794c7630: "in a container's own layer (overlayfs), and gone with the container",
};

/** 0 where it cannot be told. */
function typeOf(path: string): number {
  try {
    return statfsSync(path).type >>> 0;
  } catch {
    return 0;
  }
}

function kindFindings(path: string): readonly Finding[] {
  const type = typeOf(path);
  const [remote, passing] = [REMOTE[type], PASSING[type]];
  if (remote !== undefined) {
    const text = `the data folder is on ${remote}, where locks and syncs may not hold what Sluice promises`;
    return [warning('file system', text, 'put it on a disk of this machine, or a block device that only it has')];
  }
  if (passing === undefined) return [];
  return [warning('file system', `the data folder is ${passing}`, 'put it on a disk, or a volume')];
}
