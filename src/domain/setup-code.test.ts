import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LIBRARIES, type SetupTarget } from './setup-code.ts';

const TARGET: SetupTarget = { scheme: 'https', host: 'events.example.com', writeKey: 'wk_website' };

function codeOf(id: string, target: Partial<SetupTarget> = {}): string {
  const library = LIBRARIES.find((each) => each.id === id);
  assert.ok(library !== undefined, id);
  return library.code({ ...TARGET, ...target });
}

describe('the setup code of a library', () => {
  for (const { id, needsHttps, code } of LIBRARIES) {
    it(`names host and write key, and no host of Segment's: ${id}`, () => {
      const text = code(TARGET);
      assert.ok(text.includes('events.example.com') && text.includes('wk_website'));
      // `Segment.io` is also what Segment calls the integration that sends.
      assert.doesNotMatch(text.replaceAll(/['"]Segment\.io['"]/g, ''), /segment\.(?:com|io)|segmentapis/i);
      assert.equal(
        code({ ...TARGET, scheme: 'http' }).includes('https'),
        false,
        needsHttps ? 'it names no scheme' : '',
      );
    });
  }

  it('names each library once', () => {
    assert.equal(new Set(LIBRARIES.map(({ id }) => id)).size, LIBRARIES.length);
  });

  it('holds a write key that has quotes, dollars and backslashes as the language wants it', () => {
    const writeKey = String.raw`a'b"c$d\e`;
    assert.ok(codeOf('node', { writeKey }).includes(String.raw`'a\'b"c$d\\e'`));
    assert.ok(codeOf('go', { writeKey }).includes(String.raw`"a'b\"c$d\\e"`));
    assert.ok(codeOf('kotlin', { writeKey }).includes(String.raw`"a'b\"c\$d\\e"`));
    assert.ok(codeOf('http', { writeKey }).includes(String.raw`'a'\''b"c$d\e:'`));
  });

  it('parts host and port where the library wants them apart', () => {
    assert.match(codeOf('ruby'), /host: 'events\.example\.com',\n {2}port: 443,\n {2}ssl: true/);
    assert.match(
      codeOf('ruby', { scheme: 'http', host: '[::1]:8080' }),
      /host: '\[::1\]',\n {2}port: 8080,\n {2}ssl: false/,
    );
    assert.match(codeOf('ruby', { scheme: 'http' }), /port: 80,/);
  });
});
