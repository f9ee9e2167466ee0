import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

const AMBIENT = 'Time and chance come through the ambient port, so that the inside runs on simulated time.';

/** What only `adapters/system`, the command line and the thread entries may touch. */
const ambientOnly = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", message: AMBIENT },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: AMBIENT },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: AMBIENT },
  { selector: "MemberExpression[object.name='performance'][property.name='now']", message: AMBIENT },
];
/** Its import reads all that it exports, and what it has of WebSockets loads undici, which takes a tenth of a start. */
const nodeHttp = {
  name: 'node:http',
  message: 'Take types from it alone, and the rest by `getBuiltinModule`: its import loads undici.',
  allowTypeImports: true,
};
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'process', 'queueMicrotask'];

export default tseslint.config(
  { ignores: ['node_modules/', '.sluice/', 'dashboard/dist/', 'dist/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/promise-function-async': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // A number in a message reads better as `${count}` than as `${String(count)}`, and cannot surprise.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/**/*.test.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: [nodeHttp] }] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/adapters/system/**', 'src/cli/**'],
    rules: {
      'no-restricted-syntax': ['error', ...ambientOnly],
      'no-restricted-globals': ['error', ...timers.map((name) => ({ name, message: AMBIENT }))],
    },
  },
  {
    // node:test's describe and it return promises that the runner awaits, and a describe is as long as its subject.
    files: ['test/**/*.ts', 'src/**/*.test.ts', 'dashboard/src/**/*.test.ts', 'bench/**/*.ts', 'examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: ['describe', 'it', 'test'], package: 'node:test' }] },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines-per-function': 'off',
      'no-restricted-syntax': 'off',
      'no-restricted-globals': 'off',
    },
  },
  {
    files: ['dashboard/src/**/*.{ts,tsx}'],
    ...reactHooks.configs.flat['recommended-latest'],
  },
  {
    files: ['dashboard/src/**/*.tsx'],
    // A component is as long as what it shows, and returns what it shows.
    rules: { 'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }] },
  },
  {
    // Unit tests share a process, where hooks outside of a describe would run for the tests of every file.
    files: ['src/**/*.test.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'Program > ExpressionStatement > CallExpression[callee.name=/^(before|after)Each$/]',
          message: 'Register it in the describe that needs it: unit tests share a process.',
        },
      ],
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], ...tseslint.configs.disableTypeChecked },
);
