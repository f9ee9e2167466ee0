import { type JsonObject, mergedOver } from '../lib/json-object.ts';
import { type Environment, type Given, mistakenVariables, settingsIn } from './environment.ts';
import { type Path, pathText, type Problem, problemsOf } from '../contract/problems.ts';
import { configSchema } from './schema.ts';

/** What environment variables say. */
export interface EnvironmentLayer {
  readonly given: readonly Given[];
  /** All of them, each with its variable, in the order of their names. */
  readonly mistakes: readonly string[];
}

/** Reads the settings that environment variables give, and checks them as those of a file are checked. */
export function readEnvironment(environment: Environment): EnvironmentLayer {
  const given = settingsIn(environment);
  const { error } = configSchema.safeParse(nested(given), { reportInput: true });
  const mistakes = [
    ...problemsOf(error?.issues ?? [], configSchema, 'YAML').map((problem) => mistakeOf(problem, given)),
    ...mistakenVariables(environment).map(({ by, message }) => `${by}: ${message}`),
  ];
  return { given, mistakes: mistakes.toSorted() };
}

/** What is given, in the shape of the file: `{ http: { port: 80 } }`. The later of two for one setting stands. */
export function nested(given: readonly Given[]): JsonObject {
  return given.reduce<JsonObject>((under, { path, value }) => {
    const over = path.toReversed().reduce<unknown>((held, key) => ({ [key]: held }), value);
    return mergedOver(under, over as JsonObject);
  }, {});
}

/** The one of several that says the value at a path: the last that leads there. */
export function giverOf(given: readonly Given[], path: Path): Given | undefined {
  return given.findLast((each) => each.path.every((part, index) => part === path[index]));
}

function mistakeOf({ path, message }: Problem, given: readonly Given[]): string {
  const giver = giverOf(given, path);
  if (giver === undefined) return `${pathText(path)}: ${message}`;
  const entry = path[giver.path.length];
  return typeof entry === 'number' ? `${giver.by}: entry ${entry + 1} ${message}` : `${giver.by}: ${message}`;
}
