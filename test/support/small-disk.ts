import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIB = 1024 * 1024;
const PAGE_BYTES = 4_096;
const TMPFS_MIB = 48;
/** Of the machine's own disk, what a test may fill. More than the margin after which calls are accepted again. */
const OWN_MIB = 512;

/**
 * A disk that a test can fill up and empty.
 *
 * Where this process may mount, it is a small tmpfs, and full means ENOSPC. Where it may not (a container without
 * CAP_SYS_ADMIN), it is a folder on the machine's disk: then the reserve is nearly all that is free there, so that few
 * MiB are above it, and full to the last byte means that the process may not make any file longer (RLIMIT_FSIZE 0,
 * EFBIG), which SQLite treats as it does a used-up quota. Either way the same facts are tested.
 */
export interface SmallDisk extends Disposable {
  readonly kind: 'tmpfs' | 'limited process';
  /** To be the data folder. */
  readonly folder: string;
  /** What to configure as `storage.reserve`, some MiB less than is free now. */
  readonly reserve: string;
  /** What may be written to the folder, in bytes. */
  free(): number;
  /** Leaves so many bytes above the reserve. */
  leaveAboveReserve(bytes: number): void;
  /** Leaves nothing at all. @param pid of the process that is to find the disk full */
  fillUp(pid: number): void;
  /** Takes away what filled the disk. */
  makeRoom(pid: number): void;
}

export function openSmallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-disk-'));
  return isMounted(folder) ? smallDiskOn(folder) : limitedIn(folder);
}

function isMounted(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${TMPFS_MIB}m,mode=700`, 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function smallDiskOn(folder: string): SmallDisk {
  const filler = join(folder, 'filler');
  const reserveMiB = TMPFS_MIB / 4;
  return {
    kind: 'tmpfs',
    folder: join(folder, 'data'),
    reserve: `${reserveMiB}MiB`,
    free: () => freeIn(folder),
    leaveAboveReserve: (bytes) => {
      writeFileSync(filler, Buffer.alloc(freeIn(folder) - reserveMiB * MIB - bytes, 1));
    },
    fillUp: () => {
      fill(filler);
    },
    makeRoom: () => {
      rmSync(filler, { force: true });
    },
    [Symbol.dispose]: () => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

function limitedIn(folder: string): SmallDisk {
  const filler = join(folder, 'filler');
  const reserveMiB = Math.floor(freeIn(folder) / MIB) - OWN_MIB;
  const limit = (pid: number, soft: string): void => {
    execFileSync('prlimit', ['--pid', String(pid), `--fsize=${soft}:`]);
  };
  return {
    kind: 'limited process',
    folder: join(folder, 'data'),
    reserve: `${reserveMiB}MiB`,
    free: () => freeIn(folder),
    leaveAboveReserve: (bytes) => {
      execFileSync('fallocate', ['-l', String(freeIn(folder) - reserveMiB * MIB - bytes), filler]);
    },
    fillUp: (pid) => {
      limit(pid, '0');
    },
    makeRoom: (pid) => {
      rmSync(filler, { force: true });
      limit(pid, 'unlimited');
    },
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

function freeIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Writes until not even a page fits. */
function fill(filler: string): void {
  for (let piece = MIB; piece >= PAGE_BYTES;) {
    try {
      writeFileSync(filler, Buffer.alloc(piece, 1), { flag: 'a' });
    } catch {
      piece /= 4;
    }
  }
}
