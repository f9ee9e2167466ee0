/**
 * Draws a V8 processor profile as one SVG file that needs nothing else: what a thread did from the bottom up, each
 * function as wide as the time in it and below it. What it waited for is left out.
 */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** Which node was on top, and how long after the one before that was seen, in microseconds. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function as it was called from the one below it, all its calls taken together. */
export interface Frame {
  readonly name: string;
  /** File and line, from the project's root; empty for what is no code of anybody. */
  readonly place: string;
  readonly part: string;
  us: number;
  readonly above: Map<string, Frame>;
}

const ROOT = new URL('..', import.meta.url).href;
const IDLE = '(idle)';

const WIDTH = 1_600;
const ROW = 17;
const TOP = 52;
const CHAR = 6.3;
const SHARE_MIN = 0.001;
const LEGEND_SHARE_MIN = 0.005;
/** Text that is shorter says nothing. */
const CHARS_MIN = 3;

/** Of the whole, with all stacks that are alike merged. Its time is that of everything but `(idle)`. */
export function foldProfile({ nodes, samples, timeDeltas }: CpuProfile, root = ROOT): Frame {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const selfUs = new Map<number, number>();
  samples.forEach((id, index) => {
    // A sample stands for the time until the next.
    const us = Math.max(0, timeDeltas[index + 1] ?? 0);
    selfUs.set(id, (selfUs.get(id) ?? 0) + us);
  });
  const all: Frame = { name: 'all', place: '', part: 'V8', us: 0, above: new Map() };
  for (const [id, us] of selfUs) {
    if (us === 0 || byId.get(id)?.callFrame.functionName === IDLE) continue;
    const stack: number[] = [];
    // The root of a profile is no function.
    for (let at = id; parents.has(at); at = parents.get(at) ?? 0) stack.push(at);
    let frame = all;
    frame.us += us;
    for (const each of stack.reverse()) {
      const node = byId.get(each);
      if (node === undefined) continue;
      frame = above(frame, node.callFrame, root);
      frame.us += us;
    }
  }
  return all;
}

function above(
  below: Frame,
  { functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame'],
  root: string,
) {
  const key = `${functionName} ${url}:${lineNumber}`;
  const known = below.above.get(key);
  if (known !== undefined) return known;
  const path = shortPathOf(url, root);
  const frame: Frame = {
    name: functionName === '' ? '(anonymous)' : functionName,
    place: path === '' ? '' : `${path}:${lineNumber + 1}`,
    part: partOf(path, functionName),
    us: 0,
    above: new Map(),
  };
  below.above.set(key, frame);
  return frame;
}

/** Nothing in it tells where on a machine the project is. */
function shortPathOf(url: string, root: string): string {
  const packagesAt = url.lastIndexOf('/node_modules/');
  if (packagesAt !== -1) return url.slice(packagesAt + 1);
  if (url.startsWith(root)) return url.slice(root.length);
  return url.startsWith('file:') ? url.slice(url.lastIndexOf('/') + 1) : url;
}

function partOf(path: string, functionName: string): string {
  if (path === '') return functionName.startsWith('(') && functionName.endsWith(')') ? 'V8' : 'built in';
  if (path.startsWith('node:')) return 'node';
  const [first = '', second = ''] = path.split('/');
  if (first === 'node_modules') return second;
  return first === 'src' && path.split('/').length > 2 ? `src/${second}` : first;
}

/** The whole picture. */
export function flameGraphOf(profile: CpuProfile, title: string): string {
  const all = foldProfile(profile);
  const lastedUs = profile.timeDeltas.reduce((sum, us) => sum + us, 0);
  const boxes = [...boxesOf(all, all.us, 0, 0)];
  const levels = 1 + boxes.reduce((highest, { level }) => Math.max(highest, level), 0);
  const height = TOP + levels * ROW + 8;
  const size = `width="${WIDTH}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">`,
    '<style>rect:hover{stroke:#000}text{pointer-events:none}</style>',
    `<rect ${size} fill="#fff"/>`,
    `<text x="4" y="16" font-size="14">${escaped(title)}: ${seconds(all.us)} busy of ${seconds(lastedUs)}</text>`,
    ...legendOf(all),
    ...boxes.map((box) => drawn(box, TOP + (levels - 1 - box.level) * ROW)),
    '</svg>\n',
  ].join('\n');
}

interface Box {
  readonly frame: Frame;
  readonly share: number;
  readonly x: number;
  /** From 0, at the bottom. */
  readonly level: number;
}

/** What is wide enough to be seen, the widest of neighbours first. */
function* boxesOf(frame: Frame, allUs: number, x: number, level: number): Generator<Box> {
  const share = allUs === 0 ? 0 : frame.us / allUs;
  if (share < SHARE_MIN) return;
  yield { frame, share, x, level };
  let at = x;
  for (const child of [...frame.above.values()].sort((a, b) => b.us - a.us)) {
    yield* boxesOf(child, allUs, at, level + 1);
    at += (child.us / allUs) * WIDTH;
  }
}

function drawn({ frame: { name, place, part }, share, x }: Box, y: number): string {
  const width = share * WIDTH;
  const said = escaped(`${name}${place === '' ? '' : ` ${place}`}, ${(share * 100).toFixed(1)}%`);
  const size = `width="${Math.max(0.5, width - 0.5).toFixed(1)}" height="${ROW - 1}"`;
  const box = `<rect x="${x.toFixed(1)}" y="${y}" ${size} fill="${colourOf(part)}"><title>${said}</title></rect>`;
  const chars = Math.floor((width - 6) / CHAR);
  if (chars < CHARS_MIN) return box;
  const text = name.length <= chars ? name : `${name.slice(0, chars - 1)}…`;
  return `${box}<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(text)}</text>`;
}

/** The time in each part itself, without what it called. */
function legendOf(all: Frame): readonly string[] {
  const parts = new Map<string, number>();
  const count = (frame: Frame): void => {
    let selfUs = frame.us;
    for (const child of frame.above.values()) {
      selfUs -= child.us;
      count(child);
    }
    parts.set(frame.part, (parts.get(frame.part) ?? 0) + selfUs);
  };
  count(all);
  let x = 4;
  return [...parts]
    .map(([part, us]) => ({ part, share: us / all.us }))
    .filter(({ share }) => share >= LEGEND_SHARE_MIN)
    .sort((a, b) => b.share - a.share)
    .map(({ part, share }) => {
      const said = escaped(`${part} ${(share * 100).toFixed(0)}%`);
      const box = `<rect x="${x}" y="24" width="10" height="10" fill="${colourOf(part)}"/>`;
      const entry = `${box}<text x="${x + 14}" y="33">${said}</text>`;
      x += 30 + Math.ceil(said.length * CHAR * 1.1);
      return entry;
    });
}

/** One for each part, the same in every picture. */
function colourOf(part: string): string {
  if (part === 'V8') return '#d0d0d0';
  if (part === 'built in') return '#e4e0d0';
  if (part === 'node') return '#b7d7a8';
  const hash = Buffer.from(part).reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7);
  return `hsl(${(hash * 47) % 360},70%,72%)`;
}

function seconds(us: number): string {
  return `${(us / 1e6).toFixed(1)} s`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
}
