/** One system call of a trace, with the lines on which it began and ended: their order is the order of events. */
export interface TracedCall {
  readonly name: string;
  /** As strace prints them: paths beside descriptors, data in C notation. */
  readonly args: string;
  /** Null when its thread was killed within it. */
  readonly result: string | null;
  readonly beganAt: number;
  readonly endedAt: number;
}

/** What `strace` must be told for `readTrace` and `unprovenAnswers` to see all that they need. */
export function straceOptions(file: string): string[] {
  const calls = 'read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,pwritev,fsync,fdatasync';
  // -D keeps the traced process the child of whoever starts it; -s holds a page of SQLite, however it is escaped.
  return ['-D', '-f', '-q', '-y', '-s', '8192', '-e', `trace=${calls}`, '-e', 'signal=none', '-o', file];
}

const WHOLE = /^(\d+) +(\w+)\((.*)\) += (.*)$/;
const BEGUN = /^(\d+) +(\w+)\((.*) <unfinished \.\.\.>$/;
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)\) += (.*)$/;

/** Reads what `strace -f -o` wrote. A call that was interrupted in the trace by another thread's becomes one again. */
export function readTrace(text: string): TracedCall[] {
  const calls: TracedCall[] = [];
  const begun = new Map<string, { name: string; args: string; beganAt: number }>();
  text.split('\n').forEach((line, at) => {
    const [, thread = '', name = '', args = '', result = ''] =
      BEGUN.exec(line) ?? RESUMED.exec(line) ?? WHOLE.exec(line) ?? [];
    if (BEGUN.test(line)) {
      begun.set(thread, { name, args, beganAt: at });
    } else if (RESUMED.test(line)) {
      const first = begun.get(thread);
      begun.delete(thread);
      if (first === undefined) throw new Error(`line ${at + 1} resumes a call that never began: ${line}`);
      calls.push({ name, args: first.args + args, result, beganAt: first.beganAt, endedAt: at });
    } else if (name !== '') {
      calls.push({ name, args, result, beganAt: at, endedAt: at });
    }
  });
  for (const call of begun.values()) calls.push({ ...call, result: null, endedAt: Infinity });
  return calls.sort((a, b) => a.beganAt - b.beganAt);
}

const READS = new Set(['read', 'readv', 'recvfrom', 'recvmsg']);
const WRITES = new Set(['write', 'writev', 'sendto', 'sendmsg', 'pwrite64', 'pwritev']);
const SYNCS = new Set(['fsync', 'fdatasync']);
const SOCKET = /<(socket:\[\d+\])>/;
const FILE = /^\d+<(\/[^>]*)>/;

/**
 * For each id whose 200 the trace does not prove to be durable, why not.
 *
 * Proven is: after the request that carries the id was read from a socket, its bytes were written to a log file; an
 * fsync of that file began after that write ended; and that fsync ended well before the 200 was written to that socket.
 *
 * @param idPattern global; finds ids in traced data
 * @param isLog whether a file is one of the log's that are written ahead
 */
export function unprovenAnswers(
  trace: readonly TracedCall[],
  ids: Iterable<string>,
  { idPattern, isLog }: { readonly idPattern: RegExp; readonly isLog: (file: string) => boolean },
): string[] {
  const reads = byId(
    trace.filter(({ name, args }) => READS.has(name) && SOCKET.test(args)),
    idPattern,
  );
  const stores = byId(
    trace.filter(({ name, args }) => WRITES.has(name) && isLog(fileOf(args))),
    idPattern,
  );
  const syncs = trace.filter(({ name, result }) => SYNCS.has(name) && result === '0');
  const answers = trace.filter(({ name, args }) => WRITES.has(name) && args.includes('HTTP/1.1 200'));
  return [...ids].flatMap((id) => {
    const why = whyUnproven(reads.get(id) ?? [], stores.get(id) ?? [], syncs, answers);
    return why === null ? [] : [`${id}: ${why}`];
  });
}

function whyUnproven(
  reads: readonly TracedCall[],
  stores: readonly TracedCall[],
  syncs: readonly TracedCall[],
  answers: readonly TracedCall[],
): string | null {
  const [request] = reads;
  if (request === undefined) return 'no request with it was read';
  const socket = SOCKET.exec(request.args)?.[1] ?? '';
  const answer = answers.find(({ args, beganAt }) => beganAt > request.endedAt && args.includes(`<${socket}>`));
  if (answer === undefined) return 'its request was not answered 200';
  const before = stores.filter(({ endedAt }) => endedAt < answer.beganAt);
  if (before.length === 0) return 'it was not written to the log before the 200';
  const isSynced = before.some((store) =>
    syncs.some(
      (sync) =>
        fileOf(sync.args) === fileOf(store.args) && sync.beganAt > store.endedAt && sync.endedAt < answer.beganAt,
    ),
  );
  return isSynced ? null : 'no fsync of the log lies between its bytes and the 200';
}

function byId(calls: readonly TracedCall[], idPattern: RegExp): Map<string, TracedCall[]> {
  const found = new Map<string, TracedCall[]>();
  for (const call of calls) {
    for (const id of new Set(call.args.match(idPattern))) found.set(id, [...(found.get(id) ?? []), call]);
  }
  return found;
}

function fileOf(args: string): string {
  return FILE.exec(args)?.[1] ?? '';
}
