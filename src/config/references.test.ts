import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readConfigText } from './config-file.ts';
import { configFileBytesMax, referredFileBytesMax } from '../domain/limits.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-references-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const ENVIRONMENT = { NAME: 'wk', PORT: '8081', YES: 'true', EMPTY: '', NESTED: '${NAME}' };

function read(text: string) {
  return readConfigText(text, { name: 'a.yaml', folder, environment: ENVIRONMENT });
}

/** What a text in the place of a text becomes. */
function resolved(text: string): unknown {
  const { values, mistakes } = read(`dataDir: ${JSON.stringify(text)}`);
  assert.deepEqual(mistakes, []);
  return values['dataDir'];
}

/** The mistake that a text in the place of a text is. */
function mistakeIn(text: string): string {
  const { mistakes } = read(`dataDir: ${JSON.stringify(text)}`);
  assert.equal(mistakes.length, 1, mistakes.join('\n'));
  assert.match(mistakes[0] ?? '', /^a\.yaml:1:10 dataDir: /);
  return mistakes[0]?.slice('a.yaml:1:10 dataDir: '.length) ?? '';
}

describe('a reference', () => {
  it('takes a value from the environment, with text around it or others beside it', () => {
    assert.deepEqual(['${NAME}', 'a ${NAME} b', '${NAME}${PORT}', '$NAME', '$', 'a}${NAME}}'].map(resolved), [
      'wk',
      'a wk b',
      'wk8081',
      '$NAME',
      '$',
      'a}wk}',
    ]);
  });

  it('is written with a second dollar where it is none', () => {
    assert.deepEqual(['$${NAME}', '$$${NAME}', '$${', '${NAME}$${NAME}'].map(resolved), [
      '${NAME}',
      '$${NAME}',
      '${',
      'wk${NAME}',
    ]);
  });

  it('is resolved once: what comes in is taken as it is', () => {
    assert.equal(resolved('${NESTED}'), '${NAME}');
    writeFileSync(join(folder, 'nested'), '$${NAME}');
    assert.equal(resolved('${file:nested}'), '$${NAME}');
  });

  it('takes the text of a file, without its last line break', () => {
    mkdirSync(join(folder, 'below'), { recursive: true });
    const texts = { lf: 'a\nb\n', crlf: 'a\r\n', two: 'a\n\n', none: 'ä', most: 'x'.repeat(referredFileBytesMax) };
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, 'below', name), text);
    assert.equal(resolved('${file:below/lf}'), 'a\nb');
    assert.equal(resolved(`\${file:${folder}/below/crlf}`), 'a');
    assert.equal(resolved('<${file:below/two}|${file:below/none}>'), '<a\n|ä>');
    assert.equal(String(resolved('${file:below/most}')).length, referredFileBytesMax);
  });

  it('is a number or a boolean where one is wanted, quoted or not, and text everywhere else', () => {
    const text = (port: string, secret: string): string => `http: { port: ${port} }
sources: [{ id: web, enabled: "\${YES}", writeKeys: [k] }]
destinations: [{ id: crm, sources: [web], settings: { webhookUrl: "http://a", sharedSecret: ${secret} } }]
`;
    const { values, mistakes } = read(text('"${PORT}"', '"${PORT}"'));
    assert.deepEqual(mistakes, []);
    assert.deepEqual(values['http'], { port: 8081 });
    assert.match(JSON.stringify(values), /"enabled":true.*"sharedSecret":"8081"/);
    assert.deepEqual(read('http:\n  port: ${PORT}\n').values['http'], { port: 8081 });
    assert.deepEqual(read('http: { port: "${NAME}" }').mistakes, ['a.yaml:1:15 http.port: must be a number']);
    assert.deepEqual(read('http: { port: "80${PORT}" }').mistakes.length, 1);
  });

  it('is checked by what it stands for', () => {
    assert.deepEqual(read('sources: [{ id: web, writeKeys: ["${NAME}", wk] }]').mistakes, [
      'a.yaml:1:45 sources[0].writeKeys[1]: this write key is there twice; each belongs to one source',
    ]);
  });
});

describe('a reference that cannot be resolved', () => {
  it('is a mistake that names the variable, and the way out', () => {
    const wayOut = 'is not set, or empty; set it, or write `$${` for a plain `${`';
    assert.equal(mistakeIn('x ${ABSENT}'), `the environment variable ABSENT ${wayOut}`);
    assert.equal(mistakeIn('${EMPTY}'), `the environment variable EMPTY ${wayOut}`);
    assert.equal(mistakeIn('${__proto__}'), `the environment variable __proto__ ${wayOut}`);
    assert.equal(mistakeIn('${toString}'), `the environment variable toString ${wayOut}`);
  });

  it('is a mistake that names the file, and what is wrong with it', () => {
    writeFileSync(join(folder, 'large'), 'x'.repeat(referredFileBytesMax + 1));
    writeFileSync(join(folder, 'latin1'), Buffer.from([0xe4]));
    writeFileSync(join(folder, 'empty'), '\n');
    const said: Readonly<Record<string, string>> = {
      absent: 'cannot be read: there is no such file',
      '': 'cannot be read: it is a folder',
      large: 'cannot be read: it is larger than 65536 bytes',
      latin1: 'cannot be read: it is not UTF-8 text',
      '/dev/zero': 'cannot be read: it is not a regular file',
      'a\u0000b': 'cannot be read: a file cannot have this name',
      empty: 'is empty; write into it what belongs here',
    };
    for (const [path, message] of Object.entries(said)) {
      assert.equal(mistakeIn(`\${file:${path}}`), `the file ${JSON.stringify(path)} ${message}`);
    }
  });

  it('is a mistake when it has no end, or is none', () => {
    assert.equal(mistakeIn('a ${NAME'), 'a reference (`${…`) has no end; close it with `}`, or write `$${`');
    for (const text of ['${}', '${NAME:-x}', '${a b}', '${File:x}', '${${NAME}}']) {
      assert.match(mistakeIn(text), /^this is no reference: `\$\{NAME\}` or `\$\{file:PATH\}`/);
    }
  });

  it('is told at its value, once for each, and nothing else about that value', () => {
    const text = `sources: [{ id: web, writeKeys: [k] }]
destinations:
  - id: crm
    sources: ["\${A}"]
    settings:
      webhookUrl: \${B}://\${C}
`;
    assert.deepEqual(
      read(text).mistakes.map((line) => line.replace(/ is not set.*/, '')),
      [
        'a.yaml:4:15 destinations[0].sources[0]: the environment variable A',
        'a.yaml:6:19 destinations[0].settings.webhookUrl: the environment variable B',
        'a.yaml:6:19 destinations[0].settings.webhookUrl: the environment variable C',
      ],
    );
  });

  it('is a mistake in a key', () => {
    const message = 'a key cannot hold a reference (`${…}`); write the key itself';
    assert.deepEqual(read('"${NAME}": 1').mistakes, [`a.yaml:1:1 ["\${NAME}"]: ${message}`]);
    const webhook = '{ url: "http://a", headers: { "X-${NAME}": a } }';
    const text = `destinations: [{ id: crm, sources: [], settings: { webhooks: [${webhook}] } }]`;
    const path = 'destinations[0].settings.webhooks[0].headers["X-${NAME}"]';
    assert.deepEqual(read(text).mistakes, [`a.yaml:1:93 ${path}: ${message}`]);
  });

  it('is a mistake when the file would be too large with all of them written out', () => {
    writeFileSync(join(folder, 'some'), 'x'.repeat(referredFileBytesMax));
    const text = '${file:some}'.repeat(configFileBytesMax / referredFileBytesMax + 1);
    assert.equal(mistakeIn(text), 'with its references written out, the file is larger than 10485760 characters');
  });
});
