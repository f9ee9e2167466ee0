import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configLines } from './config-lines.ts';

const values = {
  http: { host: '::1', port: 8080 },
  network: { allow: [] },
  sources: [{ id: 'web', enabled: true, writeKeys: ['a', 'b'] }, { id: 'null' }],
};
const origins = {
  'http.host': '--host',
  'http.port': 'default',
  'network.allow': 'default',
  'sources[0].id': 'sluice.yaml:3',
  'sources[0].enabled': 'default',
  'sources[0].writeKeys[0]': 'sluice.yaml:4',
  'sources[0].writeKeys[1]': 'sluice.yaml:4',
  'sources[1].id': 'a\u001b[31m.yaml:5',
};

describe('the lines of a configuration', () => {
  it('are YAML, with the origin of each value in a comment', () => {
    const lines = configLines({ values, origins }, (comment) => `<${comment}>`);
    assert.equal(
      lines.join(''),
      `http:
  host: "::1"     <# --host>
  port: 8080      <# default>
network:
  allow: []       <# default>
sources:
  - id: web       <# sluice.yaml:3>
    enabled: true <# default>
    writeKeys:
      - a         <# sluice.yaml:4>
      - b         <# sluice.yaml:4>
  - id: "null"    <# a\\u001b[31m.yaml:5>
`,
    );
  });

  it('keep comments in reach beside a long value', () => {
    const long = { dataDir: `/${'a'.repeat(100)}`, log: { level: 'info' } };
    const [first = '', , second = ''] = configLines(
      { values: long, origins: { 'log.level': 'x', dataDir: 'y' } },
      String,
    );
    assert.match(first, /^dataDir: \/a{100} # y\n$/);
    assert.equal(second.indexOf('#'), 57);
  });
});
