import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { anyDestination } from '../../test/support/arbitrary-workspace.ts';
import { makeCertificates } from '../../test/support/certificates.ts';
import { makeDestination } from '../../test/support/inside.ts';
import type { Destination } from '../domain/destination.ts';
import { makeSource } from '../domain/source.ts';
import type { Checked, ToldProblem } from './checked.ts';
import { checkedDestination, checkedNewDestination, type DestinationSurroundings } from './checked-destination.ts';
import { destinationFormOf } from './destination-form.ts';
import { shownDestination } from './shown-forms.ts';

const SURROUNDINGS: DestinationSurroundings = {
  workspace: {
    sources: [makeSource({ id: 'web', writeKeys: ['wk'] }), makeSource({ id: 'app', writeKeys: ['wk_app'] })],
  },
  network: { allow: [], deny: [] },
  logAgeMs: 7 * 24 * 60 * 60 * 1000,
};

function made(given: unknown, more: Partial<DestinationSurroundings> = {}): Checked<Destination> {
  return checkedNewDestination(given, { id: 'dst_1', like: null, ...SURROUNDINGS, ...more });
}

function changed(patch: unknown, current: Destination): Checked<Destination> {
  return checkedDestination(patch, { current, ...SURROUNDINGS });
}

function valueOf(checked: Checked<Destination>): Destination {
  assert.ok('value' in checked, JSON.stringify(checked));
  return checked.value;
}

function problemsOf(checked: Checked<Destination>): readonly ToldProblem[] {
  assert.ok('problems' in checked, 'it has problems');
  return checked.problems;
}

function problemIn(checked: Checked<Destination>): ToldProblem | null {
  const [first = null, ...others] = 'problems' in checked ? checked.problems : [];
  assert.deepEqual(others, []);
  return first;
}

const BASIC = { url: 'https://crm.example/in', headers: {}, auth: { kind: 'bearer', token: 'basic-token' } } as const;
const plain = makeDestination('crm', [BASIC.url], {}, { basic: BASIC, endpoints: [BASIC], sharedSecret: 'shared' });
const [first, second] = ['https://a.example/x', 'https://b.example/'];
const several = makeDestination(
  'crm',
  [],
  {},
  {
    endpoints: [
      { url: first, headers: { 'X-Team': 'growth' }, auth: null },
      { url: second, headers: {}, auth: { kind: 'basic', username: 'ann', password: 'pass' } },
    ],
  },
);

describe('a new destination', () => {
  it('needs sources and a URL, and has its id from here and for its name', () => {
    const destination = valueOf(made({ sources: ['web'], settings: { webhookUrl: 'https://crm.example/' } }));
    const { id, name, origin, sources, endpoints } = destination;
    assert.deepEqual({ id, name, origin, sources }, { id: 'dst_1', name: 'dst_1', origin: 'api', sources: ['web'] });
    assert.deepEqual(endpoints, [{ url: 'https://crm.example/', headers: {}, auth: null }]);
  });

  it('has the retries of a preset', () => {
    const said = { sources: [], settings: { webhookUrl: 'https://crm.example/' }, delivery: { backoffMs: 'durable' } };
    assert.equal(valueOf(made(said)).delivery.retries, 20);
  });

  it('is refused with all that is wrong with it, and never with a value', () => {
    const said = {
      id: 'mine',
      sources: ['web', 'shop', 'web'],
      setings: {},
      settings: {
        webhookUrl: 'http://10.0.0.5/keep-me',
        webhooks: [
          { url: 'https://A.example/x', headers: { Host: 'keep-me' } },
          { url: 'https://a.example/x' },
          { url: 'http://[::1]/' },
          { url: 5 },
        ],
        sharedSecret: '***',
      },
      delivery: { retries: 'keep-me', batch: {}, order: 'user', timeout: 1 },
    };
    const problems = problemsOf(made(said));
    assert.deepEqual(Object.fromEntries(problems.map(({ path, message }) => [path, message])), {
      id: 'is made here; leave it out',
      'sources[1]': 'there is no source with this id',
      'sources[2]': 'this source is there twice',
      setings: 'unknown key `setings`; did you mean `settings`?',
      'settings.webhookUrl': 'is 10.0.0.5, which is private; allow it with network.allow',
      'settings.webhooks[0].headers.Host': 'is written by Sluice itself and cannot be replaced',
      'settings.webhooks[1].url': 'another webhook of this destination has this URL',
      'settings.webhooks[2].url': 'is ::1, which is loopback; allow it with network.allow',
      'settings.webhooks[3].url': 'must be text',
      'settings.sharedSecret': 'is what secrets are shown as; write the secret itself',
      'delivery.retries': 'must be a number',
      'delivery.batch':
        'cannot go with `order: user`: one that fails would hold up all users of its batch; take one of the two',
      'delivery.timeout': 'unknown key `timeout`; did you mean `timeoutMs`?',
    });
    assert.doesNotMatch(JSON.stringify(problems), /keep-me/);
  });

  it('is refused when its retries would outlive the events', () => {
    const said = { sources: [], settings: { webhookUrl: 'https://crm.example/' }, delivery: { backoffMs: 'durable' } };
    const [problem] = problemsOf(made(said, { logAgeMs: 3_600_000 }));
    assert.equal(problem?.path, 'delivery');
    assert.match(problem.message, /^its retries take up to 1449m, and events are forgotten after 1h; /);
  });

  it('is refused when it is no object, or nested without end', () => {
    for (const given of [undefined, null, [], 'text', 5]) {
      assert.deepEqual(problemsOf(made(given)), [{ path: '', message: 'must be a JSON object' }]);
    }
    const deep: unknown = JSON.parse(`{"settings":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`);
    const message = 'is nested deeper than 16 levels, and no setting is';
    assert.deepEqual(problemsOf(made(deep)), [{ path: '', message }]);
    assert.deepEqual(problemsOf(changed(deep, plain)), [{ path: '', message }]);
  });

  it('takes no key that objects have of their own for a setting', () => {
    const given: unknown = JSON.parse('{"__proto__":{"sources":[]},"constructor":1,"settings":{"__proto__":1}}');
    const paths = problemsOf(made(given)).map(({ path }) => path);
    assert.deepEqual(paths.toSorted(), ['__proto__', 'constructor', 'settings', 'settings.__proto__', 'sources']);
  });
});

describe('a patch of a destination', () => {
  it('changes what it says, and resets what it says is null', () => {
    const patch = { name: 'CRM', settings: { auth: null }, delivery: { retries: 3 } };
    const { name, endpoints, sharedSecret, delivery } = valueOf(changed(patch, plain));
    assert.deepEqual(
      { name, endpoints, sharedSecret },
      {
        name: 'CRM',
        endpoints: [{ ...BASIC, auth: null }],
        sharedSecret: 'shared',
      },
    );
    assert.deepEqual(delivery, { ...plain.delivery, retries: 3 });
    const renamed = valueOf(changed({ name: null, settings: { sharedSecret: null } }, { ...plain, name: 'CRM' }));
    assert.deepEqual({ name: renamed.name, secret: renamed.sharedSecret }, { name: 'crm', secret: null });
  });

  it('that says nothing changes nothing', () => {
    fc.assert(
      fc.property(anyDestination(['web', 'app']), (destination) => {
        assert.deepEqual(valueOf(changed({}, destination)), destination);
      }),
    );
  });

  it('may be what was shown, masks and all, and then changes nothing', () => {
    fc.assert(
      fc.property(anyDestination(['web', 'app']), (destination) => {
        const shown: unknown = JSON.parse(JSON.stringify(shownDestination(destination)));
        assert.deepEqual(valueOf(changed(shown, destination)), destination);
      }),
    );
    const { ca, good: client } = makeCertificates();
    const destination = { ...several, tls: { ca, client } };
    const shown = shownDestination(destination);
    assert.equal(shown.settings.tls?.key, '***');
    assert.deepEqual(valueOf(changed(shown, destination)), destination);
  });

  it('takes secrets from the endpoint with the same URL, wherever it stands', () => {
    const webhooks = [
      { url: 'https://B.example', auth: { basic: { username: '***', password: 'new' } } },
      { url: first, headers: { 'X-Team': '***', 'X-More': 'more' } },
    ];
    assert.deepEqual(valueOf(changed({ settings: { webhooks } }, several)).endpoints, [
      { url: 'https://B.example', headers: {}, auth: { kind: 'basic', username: 'ann', password: 'new' } },
      { url: first, headers: { 'X-Team': 'growth', 'X-More': 'more' }, auth: null },
    ]);
  });

  it('moves secrets between the basic settings and webhooks with the URL', () => {
    const webhooks = [{ url: BASIC.url, auth: { bearer: '***' } }];
    const moved = valueOf(changed({ settings: { webhookUrl: null, auth: null, webhooks } }, plain));
    assert.deepEqual({ basic: moved.basic, endpoints: moved.endpoints }, { basic: null, endpoints: [BASIC] });
    const back = { settings: { webhookUrl: BASIC.url, auth: { bearer: '***' }, webhooks: null } };
    assert.deepEqual(valueOf(changed(back, moved)), plain);
  });

  it('is refused with masks where nothing is stored', () => {
    const message = 'is what secrets are shown as; write the secret itself';
    const webhooks = [
      { url: 'https://c.example/', headers: { 'X-Team': '***' } },
      { url: first, auth: { bearer: '***' } },
    ];
    assert.deepEqual(problemsOf(changed({ settings: { webhooks, sharedSecret: '***' } }, several)), [
      { path: 'settings.webhooks[0].headers.X-Team', message },
      { path: 'settings.webhooks[1].auth.bearer', message },
      { path: 'settings.sharedSecret', message },
    ]);
  });

  it('sets no secret that begins with whsec_ and is no base64, and keeps one that is stored', () => {
    const old = { ...plain, sharedSecret: 'whsec_older', nextSecret: 'whsec_newer', rotationEndsAtMs: 1 };
    const settings = (sharedSecret: unknown) => ({ settings: { sharedSecret } });
    for (const patch of [{}, settings('***'), settings('whsec_newer'), settings('whsec_older'), settings('any')])
      assert.equal(problemIn(changed(patch, old)), null);
    for (const problem of [
      problemIn(changed(settings('whsec_another'), old)),
      problemIn(made({ sources: [], ...{ settings: { webhookUrl: BASIC.url, sharedSecret: 'whsec_another' } } })),
    ]) {
      assert.equal(problem?.path, 'settings.sharedSecret');
      assert.match(problem.message, /^begins with `whsec_`, so what follows must be base64/);
    }
    const standard = `whsec_${btoa('a key')}`;
    assert.equal(valueOf(changed(settings(standard), plain)).sharedSecret, standard);
  });

  it('keeps the basic settings while webhooks stand in their place', () => {
    const withWebhooks = { ...plain, basic: { ...BASIC, auth: null }, endpoints: several.endpoints };
    const { endpoints } = valueOf(changed({ settings: { webhooks: [] } }, withWebhooks));
    assert.deepEqual(endpoints, [{ ...BASIC, auth: null }]);
  });

  it('has the retries of a preset unless somebody said how many', () => {
    const durable = valueOf(changed({ delivery: { backoffMs: 'durable' } }, plain));
    assert.equal(durable.delivery.retries, 20);
    assert.equal(valueOf(changed({ delivery: { backoffMs: [5] } }, durable)).delivery.retries, 1);
    const five = valueOf(changed({ delivery: { retries: 5 } }, plain));
    assert.equal(valueOf(changed({ delivery: { backoffMs: 'durable' } }, five)).delivery.retries, 5);
  });

  it('cannot change the id, and may repeat it', () => {
    assert.equal(valueOf(changed({ id: 'crm', name: 'CRM' }, plain)).id, 'crm');
    assert.deepEqual(problemsOf(changed({ id: 'other' }, plain)), [
      { path: 'id', message: 'cannot be changed; leave it out' },
    ]);
    assert.deepEqual(problemsOf(changed({ id: null }, plain)), [
      { path: 'id', message: 'cannot be changed; leave it out' },
    ]);
  });

  it('changes nothing that it was given', () => {
    const patch = { settings: { webhooks: [{ url: first, headers: { 'X-Team': '***' } }] } };
    const before = structuredClone({ patch, several });
    changed(patch, several);
    assert.deepEqual({ patch, several }, before);
  });
});

describe('a destination as it is shown', () => {
  it('has all of its settings, its URLs whole, and none of its secrets', () => {
    const shown = shownDestination({ ...several, sharedSecret: 'keep', nextSecret: 'keep' });
    assert.deepEqual(shown.settings, {
      webhooks: [
        { url: first, headers: { 'X-Team': '***' } },
        { url: second, headers: {}, auth: { basic: { username: '***', password: '***' } } },
      ],
      sharedSecret: '***',
    });
    assert.deepEqual(Object.keys(shown.delivery ?? {}).length >= 11, true);
    assert.equal(destinationFormOf(several).delivery, undefined);
  });
});
