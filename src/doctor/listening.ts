import { readdirSync, readlinkSync } from 'node:fs';
import { textOf } from './machine.ts';

const LISTENING = '0A';

/** Which process listens on a port, in words, such as `nginx (process 812)`; null where the system does not tell this user. */
export function listenerOn(port: number): string | null {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => inodesIn(textOf(file) ?? '', port)));
  if (inodes.size === 0) return null;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!socketsOf(pid).some((inode) => inodes.has(inode))) continue;
    const name = (textOf(`/proc/${pid}/comm`) ?? '').trim();
    return `${name === '' ? 'a program' : name} (process ${pid})`;
  }
  return null;
}

/** Of lines such as `0: 0100007F:1F90 00000000:0000 0A … 0 12345`, in which the tenth is the inode. */
function inodesIn(table: string, port: number): readonly string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return local.endsWith(`:${hex}`) && state === LISTENING ? [inode] : [];
  });
}

function socketsOf(pid: string): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    // Another user's.
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
