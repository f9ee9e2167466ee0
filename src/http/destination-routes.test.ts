import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openWorkspaceBench, pageIn } from '../../test/support/workspace-bench.ts';
import type { ShownDestination } from '../contract/destinations.ts';
import { rotationMs } from '../domain/limits.ts';

async function open(context: TestContext) {
  let applied = 0;
  const bench = await openWorkspaceBench<ShownDestination>(context, '/destinations', {
    applied: async () => {
      applied += 1;
      return Promise.resolve();
    },
  });
  return { ...bench, applied: () => applied };
}

const [FIRST, SECOND] = ['https://a.example/x', 'https://b.example/y'];
const SECRETS = {
  webhooks: [
    { url: FIRST, headers: { 'X-Team': 'keep-me-1', 'X-More': 'keep-me-2' } },
    { url: SECOND, auth: { basic: { username: 'keep-me-3', password: 'keep-me-4' } } },
  ],
  sharedSecret: 'keep-me-5',
};

describe('a destination that is made', () => {
  it('is of operators, with all of its settings shown and no secret', async (context) => {
    const { made, ask, applied } = await open(context);
    const settings = { webhookUrl: 'https://hook.example/in', auth: { bearer: 'keep-me' }, sharedSecret: 'keep-me' };
    const shown = await made({ name: 'Hook', sources: ['website'], settings, delivery: { retries: 3 } });
    assert.equal(applied(), 1);
    assert.match(shown.id, /^dst_[0-9a-f]{20}$/);
    const { name, sources, enabled, origin, rotation, delivery } = shown;
    assert.deepEqual([name, sources, enabled, origin, rotation], ['Hook', ['website'], true, 'api', null]);
    assert.equal(delivery.retries, 3);
    assert.deepEqual(shown.settings, {
      ...{ webhookUrl: 'https://hook.example/in', auth: { bearer: '***' }, webhooks: [], sharedSecret: '***' },
    });
    assert.deepEqual((await ask('GET', `/${shown.id}`)).shown, shown);
  });

  it('is refused with all that is wrong with it, and never with a value', async (context) => {
    const { ask, workspace } = await open(context);
    const { outcome, problems, text } = await ask('POST', '', {
      ...{ id: 'mine', sources: ['website', 'shop'], enabled: 1, typ: 'webhooks' },
      settings: { webhookUrl: 'ftp://keep-me.example/', sharedSecrt: 'keep-me', webhooks: [{ headers: {} }] },
      delivery: { retrys: 1, timeoutMs: -1 },
    });
    assert.equal(outcome, '400 invalid_body');
    assert.deepEqual(Object.keys(problems).toSorted(), [
      ...['delivery.retrys', 'delivery.timeoutMs', 'enabled', 'id', 'settings.sharedSecrt'],
      ...['settings.webhookUrl', 'settings.webhooks[0].url', 'sources[1]', 'typ'],
    ]);
    assert.match(problems['settings.sharedSecrt'] ?? '', /did you mean `sharedSecret`\?$/);
    assert.match(problems['delivery.retrys'] ?? '', /did you mean `retries`\?$/);
    assert.doesNotMatch(text, /keep-me/);
    assert.equal(workspace.current().version, 1);
  });

  it('has a name that no other one has, upper and lower case alike', async (context) => {
    const { ask } = await open(context);
    const settings = { webhookUrl: 'https://hook.example/' };
    assert.equal((await ask('POST', '', { name: 'crm', sources: [], settings })).outcome, '409 name_taken');
  });
});

const FORBIDDEN = [
  ...['http://127.0.0.1/', 'http://[::1]:8080/', 'http://169.254.169.254/latest/meta-data', 'http://0x7f000001/'],
  ...['http://2130706433/', 'http://0177.0.0.1/', 'http://127.1/', 'http://[::ffff:127.0.0.1]/', 'http://10.0.0.5/'],
  ...['http://0.0.0.0/', 'http://[fd00::1]/', 'http://[fe80::1]/', 'http://192.168.1.1/', 'http://①②⑦.0.0.1/'],
];

describe('an endpoint at an address that nothing is sent to', () => {
  it('is refused when a destination is made and when it is changed, however the address is spelled', async (context) => {
    const { ask, made, workspace } = await open(context);
    const { id } = await made({ sources: [], settings: { webhookUrl: FIRST } });
    const { version } = workspace.current();
    for (const url of FORBIDDEN) {
      const webhooks = { webhooks: [{ url: FIRST }, { url }] };
      for (const [settings, path] of [
        [{ webhookUrl: url }, 'settings.webhookUrl'],
        [webhooks, 'settings.webhooks[1].url'],
      ] as const) {
        const [post, patch] = [
          await ask('POST', '', { sources: [], settings }),
          await ask('PATCH', `/${id}`, { settings }),
        ];
        for (const { outcome, problems } of [post, patch]) {
          assert.equal(outcome, '400 invalid_body', url);
          assert.deepEqual(Object.keys(problems), [path], url);
          assert.match(problems[path] ?? '', /^is \S+, which is /, url);
        }
      }
    }
    assert.equal(workspace.current().version, version);
  });
});

describe('the list of destinations', () => {
  it('comes in pages, while others come and go', async (context) => {
    const { ask, made } = await open(context);
    const ids = ['crm'];
    for (let n = 0; n < 3; n += 1) ids.push((await made({ sources: [], settings: { webhookUrl: FIRST } })).id);
    const first = pageIn(await ask('GET', '?limit=2'));
    await ask('DELETE', `/${ids[2] ?? ''}`);
    const second = pageIn(await ask('GET', `?limit=2&cursor=${first.next ?? ''}`));
    assert.deepEqual([first.ids, second], [ids.slice(0, 2), { ids: [ids[3]], next: null }]);
    assert.equal((await ask('GET', `?cursor=${ids[2] ?? ''}`)).outcome, '400 invalid_parameter');
  });
});

describe('a destination that is changed', () => {
  it('has settings and delivery merged, lists whole, and defaults where null is said', async (context) => {
    const { ask, made } = await open(context);
    const settings = { webhookUrl: FIRST, sharedSecret: 'keep-me' };
    const before = await made({
      name: 'Hook',
      sources: ['website'],
      settings,
      delivery: { retries: 3, timeoutMs: 900 },
    });
    const path = `/${before.id}`;
    const changed = (await ask('PATCH', path, { settings: { webhookUrl: SECOND }, delivery: { timeoutMs: null } }))
      .shown;
    assert.deepEqual(changed.settings, { ...before.settings, webhookUrl: SECOND });
    assert.equal(changed.delivery.retries, 3);
    assert.notEqual(changed.delivery.timeoutMs, 900);
    const filter = { types: { include: ['track', 'page'] } };
    await ask('PATCH', path, { delivery: { filter } });
    const narrower = await ask('PATCH', path, { delivery: { filter: { types: { include: ['track'] } } }, sources: [] });
    assert.deepEqual(narrower.shown.delivery.filter.types?.include, ['track']);
    assert.deepEqual(narrower.shown.sources, []);
    const reset = (await ask('PATCH', path, { name: null, delivery: null, settings: { sharedSecret: null } })).shown;
    assert.deepEqual([reset.name, reset.settings.sharedSecret], [before.id, undefined]);
    assert.notEqual(reset.delivery.retries, 3);
    assert.equal((await ask('PATCH', path, { settings: null })).outcome, '400 invalid_body');
  });

  it('keeps the secrets whose masks are sent back, also of webhooks in another order', async (context) => {
    const { ask, made, workspace } = await open(context);
    const { id, settings } = await made({ sources: [], settings: SECRETS });
    const stored = (): string => JSON.stringify(workspace.current().destinations.find((each) => each.id === id));
    const before = stored();
    const { version } = workspace.current();
    assert.equal((await ask('PATCH', `/${id}`, { settings })).outcome, '200');
    assert.deepEqual([stored(), workspace.current().version], [before, version]);
    const [first, second] = settings.webhooks;
    const answer = await ask('PATCH', `/${id}`, { settings: { webhooks: [second, first] } });
    assert.equal(answer.outcome, '200', answer.text);
    const { endpoints, sharedSecret } = workspace.current().destinations.find((each) => each.id === id) ?? {};
    assert.deepEqual(endpoints, [
      { url: SECOND, headers: {}, auth: { kind: 'basic', username: 'keep-me-3', password: 'keep-me-4' } },
      { url: FIRST, headers: { 'X-Team': 'keep-me-1', 'X-More': 'keep-me-2' }, auth: null },
    ]);
    assert.equal(sharedSecret, 'keep-me-5');
    assert.doesNotMatch(answer.text, /keep-me/);
  });

  it('is refused with a mask where nothing is stored', async (context) => {
    const { ask, made } = await open(context);
    const { id } = await made({ sources: [], settings: SECRETS });
    const webhooks = [
      { url: 'https://c.example/', headers: { 'X-Team': '***' } },
      { url: SECOND, headers: { 'X-New': '***' }, auth: { bearer: '***' } },
    ];
    const { problems } = await ask('PATCH', `/${id}`, { settings: { webhooks } });
    assert.deepEqual(Object.keys(problems).toSorted(), [
      ...['settings.webhooks[0].headers.X-Team', 'settings.webhooks[1].auth.bearer'],
      'settings.webhooks[1].headers.X-New',
    ]);
    const created = await ask('POST', '', { sources: [], settings: { webhookUrl: FIRST, sharedSecret: '***' } });
    assert.deepEqual(Object.keys(created.problems), ['settings.sharedSecret']);
  });

  it('takes no prototype from a patch', async (context) => {
    const { ask, made } = await open(context);
    const before = await made({ sources: [], settings: { webhookUrl: FIRST } });
    const { problems } = await ask(
      'PATCH',
      `/${before.id}`,
      '{"__proto__":{"enabled":false},"settings":{"__proto__":{"sharedSecret":"x"}},"delivery":{"constructor":1}}',
    );
    assert.deepEqual(Object.keys(problems).toSorted(), ['__proto__', 'delivery.constructor', 'settings.__proto__']);
    assert.equal(({} as { enabled?: boolean }).enabled, undefined);
    assert.deepEqual((await ask('GET', `/${before.id}`)).shown, before);
  });

  it('shows the rotation of its secret until it is promoted', async (context) => {
    const { ask, made, ambient } = await open(context);
    const { id } = await made({ sources: [], settings: { webhookUrl: FIRST, sharedSecret: 'keep-me-1' } });
    const endsAt = new Date(ambient.nowMs() + rotationMs).toISOString();
    const rotating = await ask('PATCH', `/${id}`, { settings: { sharedSecret: 'keep-me-2' } });
    assert.deepEqual(rotating.shown.rotation, { endsAt });
    const shownBack = await ask('PATCH', `/${id}`, { settings: rotating.shown.settings });
    assert.deepEqual(shownBack.shown.rotation, { endsAt });
    const promoted = await ask('POST', `/${id}/promote-secret`);
    assert.deepEqual([promoted.outcome, promoted.shown.rotation], ['200', null]);
    assert.equal((await ask('POST', `/${id}/promote-secret`)).outcome, '409 no_rotation');
    for (const { text } of [rotating, shownBack, promoted]) assert.doesNotMatch(text, /keep-me/);
  });
});

describe('a destination that is deleted', () => {
  it('is there after it was only told what that takes along, and then it is not', async (context) => {
    const { ask, made, applied } = await open(context);
    const { id } = await made({ sources: [], settings: { webhookUrl: FIRST } });
    const toll = { owed: { waiting: 0, parked: 0, inFlight: 0 }, dead: { count: 0, isAll: true }, replays: [] };
    assert.deepEqual((await ask('DELETE', `/${id}?dryRun=true`)).shown, { dryRun: true, ...toll });
    assert.deepEqual([(await ask('GET', `/${id}`)).outcome, applied()], ['200', 1]);
    assert.deepEqual((await ask('DELETE', `/${id}`)).shown, { dryRun: false, ...toll });
    assert.equal(applied(), 2);
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['DELETE', '?dryRun=true'],
      ['POST', '/promote-secret'],
    ] as const) {
      const body = method === 'PATCH' ? {} : undefined;
      assert.equal(
        (await ask(method, `/${id}${path}`, body)).outcome,
        '404 destination_not_found',
        `${method} ${path}`,
      );
    }
  });
});

describe('a destination of the file', () => {
  it('is shown, and changed by the file alone', async (context) => {
    const { ask, workspace } = await open(context);
    assert.equal((await ask('GET', '/crm')).shown.origin, 'file');
    for (const [method, path, body] of [
      ['PATCH', '', { enabled: false }],
      ['PATCH', '', {}],
      ['DELETE', ''],
      ['DELETE', '?dryRun=true'],
    ] as const)
      assert.equal((await ask(method, `/crm${path}`, body)).outcome, '409 declared_in_file', `${method} ${path}`);
    assert.equal((await ask('POST', '/crm/promote-secret')).outcome, '409 no_rotation');
    assert.equal(workspace.current().version, 1);
  });
});
