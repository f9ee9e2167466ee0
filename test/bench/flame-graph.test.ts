import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CpuProfile, flameGraphOf, foldProfile, type Frame } from '../../bench/flame-graph.ts';
import { processesOf, threadOf } from '../../bench/profiles.ts';

const ROOT = 'file:///home/somebody/src/sluice/';

/** `run` of the lane, called from two places of Node, with a part of undici above it; and what no thread did. */
const PROFILE = profileOf(
  ['(root)', '', [2, 3, 4]],
  ['tick', 'node:internal/process/task_queues', [5]],
  ['(idle)', '', []],
  ['(garbage collector)', '', []],
  ['run', `${ROOT}src/pipeline/lane.ts`, [6, 7]],
  ['write', 'file:///home/somebody/else/node_modules/undici/lib/core/request.js', []],
  ['run', `${ROOT}src/pipeline/lane.ts`, []],
);

describe('a folded profile', () => {
  it('has the time of each function and of all above it', () => {
    const all = foldProfile({ ...PROFILE, ...sampled([5, 100], [6, 300], [4, 50]) }, ROOT);
    assert.deepEqual(linesOf(all), [
      'all 450',
      ' tick 400 node:internal/process/task_queues:2 node',
      '  run 400 src/pipeline/lane.ts:5 src/pipeline',
      '   write 300 node_modules/undici/lib/core/request.js:6 undici',
      ' (garbage collector) 50  V8',
    ]);
  });

  it('leaves out what a thread waited', () => {
    assert.equal(foldProfile({ ...PROFILE, ...sampled([3, 9_000], [5, 10]) }, ROOT).us, 10);
  });

  it('merges stacks that are alike', () => {
    const profile = profileOf(
      ['(root)', '', [2, 3]],
      ['run', `${ROOT}src/pipeline/lane.ts`, []],
      ['run', `${ROOT}src/pipeline/lane.ts`, []],
    );
    // The same function at the same line.
    const nodes = profile.nodes.map((node) => ({ ...node, callFrame: { ...node.callFrame, lineNumber: 7 } }));
    const all = foldProfile({ nodes, ...sampled([2, 10], [3, 20]) }, ROOT);
    assert.deepEqual(linesOf(all), ['all 30', ' run 30 src/pipeline/lane.ts:8 src/pipeline']);
  });
});

describe('a flame graph', () => {
  const svg = flameGraphOf({ ...PROFILE, ...sampled([5, 1_000], [6, 9_000], [4, 9], [3, 10_000]) }, 'single <sluice>');

  it('says how long a thread was busy, and which share each function had', () => {
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="1600"/);
    assert.ok(svg.includes('single &#60;sluice&#62;: 0.0 s busy of 0.0 s'));
    assert.match(svg, /<title>write node_modules\/undici\/lib\/core\/request\.js:6, 89\.9%<\/title>/);
  });

  it('leaves out what is too narrow to be seen', () => {
    assert.ok(!svg.includes('garbage collector'));
  });

  it('tells nothing of where on a machine the project is', () => {
    assert.ok(!svg.includes('somebody'));
  });

  it('can be drawn of a thread that did nothing', () => {
    assert.match(flameGraphOf({ ...PROFILE, ...sampled([3, 10]) }, 'idle'), /0\.0 s busy/);
  });
});

describe('profiles of one run', () => {
  it('are those of the threads of each process, in the order in which these started', () => {
    const processes = processesOf([
      'CPU.20260101.120001.7.3.001.cpuprofile',
      'CPU.20260101.120000.9.0.000.cpuprofile',
      'CPU.20260101.120001.7.0.000.cpuprofile',
      'something else',
    ]);
    assert.deepEqual(
      processes.map((threads) => threads.map(({ id }) => id)),
      [[0], [0, 3]],
    );
  });

  it('are named after the file with which a thread began', () => {
    const profile = profileOf(
      ['(root)', '', [2, 3]],
      ['f', 'node:fs', []],
      ['', `${ROOT}src/adapters/sql/log-writer-thread.ts`, []],
    );
    assert.equal(threadOf(profile, 3), 'log-writer');
    assert.equal(threadOf(profile, 0), 'main');
    assert.equal(threadOf(PROFILE, 4), 'thread-4');
  });
});

/** Nodes are numbered from 1, and each is at the line of its number. */
function profileOf(...nodes: readonly [name: string, url: string, children: readonly number[]][]): CpuProfile {
  return {
    nodes: nodes.map(([functionName, url, children], index) => ({
      id: index + 1,
      callFrame: { functionName, url, lineNumber: index },
      children,
    })),
    ...sampled(),
  };
}

/** Each sample with the time for which it stands. */
function sampled(...samples: readonly [node: number, us: number][]): Pick<CpuProfile, 'samples' | 'timeDeltas'> {
  return { samples: samples.map(([node]) => node), timeDeltas: [0, ...samples.map(([, us]) => us)] };
}

function linesOf(frame: Frame, indent = ''): readonly string[] {
  const line = frame.name === 'all' ? `all ${frame.us}` : `${frame.name} ${frame.us} ${frame.place} ${frame.part}`;
  return [`${indent}${line}`, ...[...frame.above.values()].flatMap((one) => linesOf(one, `${indent} `))];
}
