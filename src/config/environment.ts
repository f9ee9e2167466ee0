import { nearest } from '../contract/nearest.ts';
import type { Path } from '../contract/problems.ts';
import { scalarOf } from './scalar.ts';
import { schemaBelow } from '../contract/setting-schema.ts';
import { type Setting, SETTINGS, TOP_LEVEL_KEYS, VARIABLE_PREFIX, variableWords } from './settings.ts';

/** Environment variables, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting's value that was given outside of the file. */
export interface Given {
  readonly path: Path;
  /** What gave it: `SLUICE_HTTP_PORT`, `--port`. */
  readonly by: string;
  readonly value: unknown;
}

/** Names the configuration file, as the flag `--config` does. */
export const FILE_VARIABLE = `${VARIABLE_PREFIX}CONFIG`;

/** What the command line takes that talks to a running Sluice; `serve` beside it has no use for them. */
export const CLIENT_VARIABLES = ['URL', 'TOKEN', 'PROFILE'].map((word) => `${VARIABLE_PREFIX}${word}`);

/** The file that the environment names, if it names one. */
export function fileOf(environment: Environment): string | undefined {
  const file = environment[FILE_VARIABLE];
  return file === '' ? undefined : file;
}

/**
 * The settings that the environment gives, not checked yet: `SLUICE_HTTP_PORT` for `http.port`, a list with commas
 * between its entries. An empty variable counts as not set.
 */
export function settingsIn(environment: Environment): readonly Given[] {
  return SETTINGS.flatMap(({ path, variable, schema }) => {
    const text = environment[variable] ?? '';
    return text === '' ? [] : [{ path, by: variable, value: valueOf(schema, text) }];
  });
}

function valueOf(schema: Setting['schema'], text: string): unknown {
  if (schema.type !== 'array') return scalarOf(schema, text);
  return text.split(',').map((entry) => scalarOf(schemaBelow(schema, 0), entry.trim()));
}

/** Each variable that was probably meant for Sluice and sets nothing, with the way out. In the order of their names. */
export function mistakenVariables(
  environment: Environment,
): readonly { readonly by: string; readonly message: string }[] {
  return Object.entries(environment)

    .filter(([by]) => by.startsWith(VARIABLE_PREFIX) && !KNOWN.has(by) && !CLIENT_VARIABLES.includes(by))
    .filter(([, text]) => text !== undefined && text !== '')
    .filter(([, text]) => !isServiceLink(text ?? ''))
    .flatMap(([by]) => {
      const message = mistakeIn(by);
      return message === null ? [] : [{ by, message }];
    })
    .toSorted((a, b) => (a.by < b.by ? -1 : 1));
}

const KNOWN: ReadonlySet<string> = new Set([...SETTINGS.map(({ variable }) => variable), FILE_VARIABLE]);
const KNOWN_NAMES = [...KNOWN].map((variable) => variable.slice(VARIABLE_PREFIX.length));
/** The ends of settings' names, such as `PORT` and `LOG_AGE`: what one writes who forgets where a setting stands. */
const ENDS: ReadonlyMap<string, string> = new Map(
  SETTINGS.toReversed().flatMap(({ path, variable }) =>
    path.slice(1).map(
      (_key, index) =>
        [
          path
            .slice(index + 1)
            .map(variableWords)
            .join('_'),
          variable,
        ] as const,
    ),
  ),
);
const FIRST_WORDS: ReadonlySet<string | undefined> = new Set(
  TOP_LEVEL_KEYS.map((key) => variableWords(key).split('_')[0]),
);

/** What Kubernetes sets in each pod beside a service that is called `sluice`: `SLUICE_PORT=tcp://10.0.0.1:80`. */
function isServiceLink(text: string): boolean {
  return /^(?:tcp|udp|sctp):\/\//.test(text);
}

/**
 * Other programs may have names that begin with `SLUICE_` too. A name is a mistake when it begins like a setting, is
 * spelled like one, or is the end of one (`SLUICE_PORT`); null when it is none.
 */
function mistakeIn(variable: string): string | null {
  const name = variable.slice(VARIABLE_PREFIX.length).toUpperCase();
  const near = nearest(name, KNOWN_NAMES);
  const meant = ENDS.get(name) ?? (near === null ? null : `${VARIABLE_PREFIX}${near}`);
  if (meant !== null) return `sets nothing; did you mean \`${meant}\`?`;
  const first = name.split('_')[0];
  if (first === 'SOURCES' || first === 'DESTINATIONS') return 'sets nothing; these are declared in the file alone';
  if (!FIRST_WORDS.has(first)) return null;
  const known = KNOWN_NAMES.filter((each) => each.split('_')[0] === first);
  return `sets nothing; known are ${known.map((each) => `\`${VARIABLE_PREFIX}${each}\``).join(', ')}`;
}
