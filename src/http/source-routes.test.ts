import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { API_TOKEN } from '../../test/support/http-bench.ts';
import { openWorkspaceBench, pageIn } from '../../test/support/workspace-bench.ts';
import type { ShownSource } from '../contract/sources.ts';

async function open(context: TestContext) {
  return openWorkspaceBench<ShownSource>(context, '/sources');
}

describe('a source that is made', () => {
  it('gets a key that nobody guesses unless some are given, and is of operators', async (context) => {
    const { made, ask } = await open(context);
    const [one, other] = [await made({}), await made({ name: 'Shop' })];
    assert.match(one.id, /^src_[0-9a-f]{20}$/);
    assert.deepEqual(one, {
      ...{ id: one.id, name: one.id, enabled: true, writeKeys: one.writeKeys },
      ...{ kind: null, connectionMode: 'cloud', origin: 'api' },
    });
    assert.equal(one.writeKeys.length, 1);
    assert.ok((one.writeKeys[0]?.length ?? 0) >= 24);
    assert.notDeepEqual(one.writeKeys, other.writeKeys);
    const given = await made({
      ...{ name: 'App', kind: 'mobile', enabled: false },
      writeKeys: ['wk_1', { key: 'wk_2', name: 'Bob' }],
    });
    assert.deepEqual(
      [given.name, given.kind, given.enabled, given.writeKeys],
      ['App', 'mobile', false, ['wk_1', 'wk_2']],
    );
    assert.deepEqual((await ask('GET', `/${given.id}`)).shown, given);
  });

  it('is refused with all that is wrong with it', async (context) => {
    const { ask } = await open(context);
    const { outcome, problems } = await ask('POST', '', {
      ...{ id: 'mine', nme: 'Shop', enabled: 'yes', kind: 'Web' },
      writeKeys: ['with space', 'wk_1', 'wk_1', { key: 'wk_3', nam: 'x' }, API_TOKEN],
    });
    assert.equal(outcome, '400 invalid_body');
    assert.deepEqual(Object.keys(problems).toSorted(), [
      ...['enabled', 'id', 'kind', 'nme'],
      ...['writeKeys[0]', 'writeKeys[2]', 'writeKeys[3].nam', 'writeKeys[4]'],
    ]);
    assert.equal(problems['id'], 'is made here; leave it out');
    assert.match(problems['nme'] ?? '', /did you mean `name`\?$/);
    assert.match(problems['kind'] ?? '', /did you mean `web`\?$/);
    for (const body of ['[]', '"text"', 'null', ''])
      assert.match((await ask('POST', '', body)).outcome, /^400 (invalid_body|malformed_json)$/);
    assert.equal((await ask('POST', '', '{"name":')).outcome, '400 malformed_json');
  });

  it('has a name and keys that no other one has', async (context) => {
    const { ask, made } = await open(context);
    await made({ name: 'Café' });
    for (const name of ['WEBSITE', 'CAFÉ', 'Cafe\u0301'])
      assert.equal((await ask('POST', '', { name })).outcome, '409 name_taken', name);
    assert.equal((await ask('POST', '', { writeKeys: ['wk_web'] })).outcome, '409 write_key_taken');
    const { problems, text } = await ask('POST', '', { writeKeys: [API_TOKEN] });
    assert.deepEqual(problems, { 'writeKeys[0]': 'is an API token; choose another' });
    assert.doesNotMatch(text, new RegExp(API_TOKEN));
  });
});

describe('the list of sources', () => {
  it('comes in pages, while others come and go', async (context) => {
    const { ask, made } = await open(context);
    const ids = ['website'];
    for (let n = 0; n < 5; n += 1) ids.push((await made({ name: `n${n}` })).id);
    const first = pageIn(await ask('GET', '?limit=2'));
    assert.deepEqual(first, { ids: ids.slice(0, 2), next: ids[1] });
    const second = pageIn(await ask('GET', `?limit=2&cursor=${first.next}`));
    // One that was shown, and one that was not yet.
    await ask('DELETE', `/${ids[2] ?? ''}`);
    await ask('DELETE', `/${ids[4] ?? ''}`);
    const late = (await made({ name: 'late' })).id;
    const third = pageIn(await ask('GET', `?limit=2&cursor=${second.next ?? ''}`));
    assert.deepEqual([second.ids, third], [ids.slice(2, 4), { ids: [ids[5], late], next: null }]);
    for (const query of ['limit=0', 'limit=201', 'limit=x', `cursor=${ids[4] ?? ''}`, 'page=2'])
      assert.equal((await ask('GET', `?${query}`)).outcome, '400 invalid_parameter', query);
  });
});

describe('a source that is changed', () => {
  it('has what is said, its defaults where null is said, and the rest as it was', async (context) => {
    const { ask, made } = await open(context);
    const before = await made({ name: 'Shop', kind: 'web', enabled: false });
    const { shown } = await ask('PATCH', `/${before.id}`, { name: 'Shop 2', enabled: null });
    assert.deepEqual(shown, { ...before, name: 'Shop 2', enabled: true });
    const again = await ask('PATCH', `/${before.id}`, { name: null, kind: null });
    assert.deepEqual(again.shown, { ...before, name: before.id, kind: null, enabled: true });
    assert.deepEqual((await ask('GET', `/${before.id}`)).shown, again.shown);
  });

  it('keeps the names of its keys when it is sent back as it was shown but for its origin', async (context) => {
    const { ask, made, workspace } = await open(context);
    const { origin, ...shown } = await made({ writeKeys: ['wk_1', { key: 'wk_2', name: 'Bob' }] });
    const { version } = workspace.current();
    assert.equal((await ask('PATCH', `/${shown.id}`, shown)).outcome, '200');
    assert.equal(workspace.current().version, version, 'nothing was written');
    await ask('PATCH', `/${shown.id}`, { writeKeys: ['wk_3', 'wk_2'] });
    const { data } = (await ask('GET', `/${shown.id}/write-keys`)).shown as unknown as { data: unknown };
    assert.deepEqual(data, [
      { key: 'wk_3', name: null },
      { key: 'wk_2', name: 'Bob' },
    ]);
    assert.equal(origin, 'api');
  });

  it('is refused where it would not be right, and is then as it was', async (context) => {
    const { ask, made } = await open(context);
    const before = await made({ name: 'Shop' });
    const path = `/${before.id}`;
    const wrong = await ask('PATCH', path, { id: 'other', writeKeys: [], enabeld: true });
    assert.deepEqual(Object.keys(wrong.problems).toSorted(), ['enabeld', 'id', 'writeKeys']);
    assert.equal((await ask('PATCH', path, { name: 'website' })).outcome, '409 name_taken');
    assert.equal((await ask('PATCH', path, { writeKeys: ['wk_web'] })).outcome, '409 write_key_taken');
    assert.deepEqual((await ask('PATCH', path, { writeKeys: [API_TOKEN] })).problems, {
      'writeKeys[0]': 'is an API token; choose another',
    });
    const polluting = await ask('PATCH', path, '{"__proto__":{"enabled":false},"constructor":{"prototype":1}}');
    assert.deepEqual(Object.keys(polluting.problems).toSorted(), ['__proto__', 'constructor']);
    assert.equal(({} as { enabled?: boolean }).enabled, undefined);
    assert.deepEqual((await ask('GET', path)).shown, before);
    assert.equal((await ask('PATCH', '/none', {})).outcome, '404 source_not_found');
  });
});

describe('a source that is deleted', () => {
  it('is there after it was only told what that takes along, and then it is not', async (context) => {
    const { ask, made, workspace } = await open(context);
    const { id } = await made({ name: 'Shop' });
    const { version } = workspace.current();
    const toll = { writeKeys: 1, destinations: [] };
    assert.deepEqual((await ask('DELETE', `/${id}?dryRun=true`)).shown, { dryRun: true, ...toll });
    assert.equal(workspace.current().version, version);
    assert.deepEqual((await ask('DELETE', `/${id}`)).shown, { dryRun: false, ...toll });
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['DELETE', '?dryRun=true'],
      ['GET', '/write-keys'],
    ] as const)
      assert.equal((await ask(method, `/${id}${path}`)).outcome, '404 source_not_found', `${method} ${path}`);
    assert.equal((await ask('DELETE', '/website?dryRun=maybe')).outcome, '400 invalid_parameter');
  });
});

describe('the write keys of a source', () => {
  it('are issued, named, and revoked but for the last one', async (context) => {
    const { ask, made } = await open(context);
    const keys = `/${(await made({ writeKeys: ['wk_1'] })).id}/write-keys`;
    const given = await ask('POST', keys, { key: 'wk/%2F?#&', name: 'Bob' });
    assert.deepEqual([given.outcome, given.shown], ['201', { key: 'wk/%2F?#&', name: 'Bob' }]);
    const made2 = (await ask('POST', keys)).shown as unknown as { key: string; name: null };
    assert.equal(made2.name, null);
    assert.ok(made2.key.length >= 24);
    const at = `${keys}/${encodeURIComponent('wk/%2F?#&')}`;
    assert.deepEqual((await ask('PATCH', at, { name: 'Eve' })).shown, { key: 'wk/%2F?#&', name: 'Eve' });
    assert.deepEqual((await ask('PATCH', at, { name: null })).shown, { key: 'wk/%2F?#&', name: null });
    assert.equal((await ask('DELETE', at)).outcome, '204');
    assert.equal((await ask('DELETE', at)).outcome, '404 write_key_not_found');
    assert.equal((await ask('DELETE', `${keys}/wk_1`)).outcome, '204');
    assert.equal((await ask('DELETE', `${keys}/${made2.key}`)).outcome, '409 last_write_key');
    const { data } = (await ask('GET', keys)).shown as unknown as { data: unknown };
    assert.deepEqual(data, [made2]);
  });

  it('are no key of another, none that is there, no API token, and well formed', async (context) => {
    const { ask, made } = await open(context);
    const keys = `/${(await made({ writeKeys: ['wk_1'] })).id}/write-keys`;
    for (const key of ['wk_1', 'wk_web'])
      assert.equal((await ask('POST', keys, { key })).outcome, '409 write_key_taken');
    const token = await ask('POST', keys, { key: API_TOKEN });
    assert.deepEqual(token.problems, { key: 'is an API token; choose another' });
    assert.doesNotMatch(token.text, new RegExp(API_TOKEN));
    const wrong = await ask('POST', keys, { key: 'a b', nmae: 'x' });
    assert.deepEqual(Object.keys(wrong.problems).toSorted(), ['key', 'nmae']);
    assert.deepEqual(Object.keys((await ask('POST', keys, { name: '' })).problems), ['name']);
    const names = ['__proto__', 'constructor', 'toString'];
    for (const key of names) assert.equal((await ask('POST', keys, { key })).outcome, '201', key);
    const named = await ask('PATCH', `${keys}/__proto__`, { name: 'Eve' });
    assert.deepEqual(named.shown, JSON.parse('{"key":"__proto__","name":"Eve"}'));
    const { data } = (await ask('GET', keys)).shown as unknown as { data: readonly { name: string | null }[] };
    assert.deepEqual(
      data.map(({ name }) => name),
      [null, 'Eve', null, null],
    );
  });
});

describe('a source of the file', () => {
  it('is shown, and changed by the file alone', async (context) => {
    const { ask, workspace } = await open(context);
    assert.equal((await ask('GET', '/website')).shown.origin, 'file');
    for (const [method, path, body] of [
      ['PATCH', '', { enabled: false }],
      ['PATCH', '', {}],
      ['DELETE', ''],
      ['DELETE', '?dryRun=true'],
      ['POST', '/write-keys', {}],
      ['PATCH', '/write-keys/wk_web', { name: 'x' }],
      ['DELETE', '/write-keys/wk_web'],
    ] as const)
      assert.equal((await ask(method, `/website${path}`, body)).outcome, '409 declared_in_file', `${method} ${path}`);
    assert.equal(workspace.current().version, 1);
  });
});
