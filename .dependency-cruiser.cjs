/**
 * The layer rule: imports point inward; entrances and adapters never meet; only compose sees everything.
 * One line per layer: what it may import besides its own folder, and whether packages and node: modules are allowed.
 */
const LAYERS = {
  lib: { may: [], outside: false },
  domain: { may: ['lib'], outside: false },
  ports: { may: ['domain'], outside: false },
  pipeline: { may: ['ports', 'domain', 'lib'], outside: false },
  workspace: { may: ['ports', 'domain', 'lib'], outside: false },
  'adapters/sql': { may: ['ports', 'domain', 'lib'], outside: true },
  'adapters/webhook': { may: ['ports', 'domain', 'lib'], outside: true },
  'adapters/system': { may: ['ports', 'domain', 'lib'], outside: true },
  receiver: { may: [], outside: false },
  contract: { may: ['domain', 'lib'], outside: true },
  config: { may: ['contract', 'domain', 'lib'], outside: true },
  http: { may: ['contract', 'pipeline', 'workspace', 'ports', 'domain', 'lib'], outside: true },
  cli: {
    may: ['compose', 'backup', 'doctor', 'provisioning', 'version', 'config', 'contract', 'ports', 'domain', 'lib'],
    outside: true,
  },
};

const TESTS = '\\.test\\.ts$';
const layerRules = Object.entries(LAYERS).flatMap(([layer, { may, outside }]) => [
  {
    name: `${layer}-imports-inward`,
    severity: 'error',
    from: { path: `^src/${layer}/`, pathNot: TESTS },
    to: { path: '^src/', pathNot: [layer, ...may].map((name) => `^src/${name}(/|\\.ts$)`) },
  },
  ...(outside
    ? []
    : [
        {
          name: `${layer}-imports-nothing-from-outside`,
          severity: 'error',
          from: { path: `^src/${layer}/`, pathNot: TESTS },
          to: { dependencyTypesNot: ['local', 'type-only'], pathNot: '^src/' },
        },
      ]),
]);

/** What of the contract has no schema in it, so that pages stay small; of the rest they take types. */
const SMALL_CONTRACT = '^src/contract/(client|vocabulary|error-page-path)\\.ts$';

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'dashboard-knows-the-contract-alone',
      severity: 'error',
      from: { path: '^dashboard/src/', pathNot: TESTS },
      to: { path: '^src/', pathNot: '^src/contract/' },
    },
    {
      name: 'dashboard-loads-no-schemas',
      severity: 'error',
      from: { path: '^dashboard/src/' },
      to: { path: '^src/contract/', pathNot: SMALL_CONTRACT, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'cli-asks-a-running-sluice-over-http',
      severity: 'error',
      from: { path: '^src/cli/api/', pathNot: TESTS },
      to: { path: '^src/', pathNot: '^src/(contract|domain|lib)/|^src/cli/(api/|[^/]+\\.ts$)' },
    },
    {
      name: 'dashboard-is-imported-by-nobody',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^dashboard/' },
    },
    {
      // A program of others, which has it compiled; what a test or an example needs of it, it asks for by its name.
      name: 'receiver-is-imported-by-nobody',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/receiver/', TESTS] },
      to: { path: '^src/receiver/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: [TESTS, '^src/cli/index\\.ts$', '^dashboard/src/main\\.tsx$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js'] },
  },
};
