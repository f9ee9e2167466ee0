import { type Command, InvalidArgumentError, Option } from 'commander';
import { type JsonObject, mergedOver } from '../../../lib/json-object.ts';
import { ORDERS, SUCCESS_RULES } from '../../../contract/vocabulary.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { collect, numberOf } from '../../flag-values.ts';
import { collectSetting, type GivenSetting, objectIn, settingsObject } from '../given-settings.ts';
import { type ApiFlags, textOf } from '../target.ts';

/** What of a destination flags can say. */
export interface DestinationFlags extends ApiFlags {
  readonly source?: readonly string[];
  readonly webhook?: readonly string[];
  readonly header?: readonly (readonly [name: string, value: string])[];
  readonly secretFile?: string;
  readonly success?: string;
  readonly retries?: number;
  readonly rateLimit?: number;
  readonly order?: string;
  readonly set?: readonly GivenSetting[];
  readonly file?: string;
}

/** Flags for the settings that most destinations have, and `--set` and `--file` for all others. */
export function withDestinationFlags(command: Command): Command {
  return command
    .optionsGroup('What it is like:')
    .option('--source <source>', 'a source whose events it gets; several times for several', collect)
    .option('--webhook <url>', 'where they go; several times for up to five endpoints', collect)
    .option('--header <name: value>', 'a static header of every webhook; for secret values take --file', collectHeader)
    .option('--secret-file <file>', 'file with the shared secret that signs requests; - for stdin')
    .addOption(
      new Option('--success <rule>', 'any endpoint will do, or every one has to take it').choices(SUCCESS_RULES),
    )
    .option('--retries <count>', 'attempts after the first', numberOf)
    .option('--rate-limit <count>', 'attempts per second at each endpoint', numberOf)
    .addOption(new Option('--order <order>', 'whether the order of a user is kept').choices(ORDERS))
    .option('--set <setting=value>', 'any setting: delivery.timeoutMs=2000; null for its default', collectSetting)
    .option('--file <file>', 'all of it as JSON or YAML, below the other flags; - for stdin');
}

/** What the flags say, as the management API takes it. @throws CommandFailure when a file cannot be read */
export async function destinationBody(flags: DestinationFlags): Promise<JsonObject> {
  const { source, secretFile, success, retries, rateLimit, order, set = [], file } = flags;
  const delivery = { success, retries, rateLimitPerSecond: rateLimit, order };
  const said = given({
    sources: source,
    settings: given({
      ...webhooksOf(flags),
      sharedSecret: secretFile === undefined ? undefined : secretIn(secretFile),
    }),
    delivery: given(delivery),
  });
  const ofFile = file === undefined ? {} : await objectIn(file);
  return mergedOver(mergedOver(ofFile, said), settingsObject(set));
}

/** One URL is `webhookUrl`, which counts where there is no list; several, or one with headers, are the list. */
function webhooksOf({ webhook, header }: DestinationFlags): JsonObject {
  if (webhook === undefined) {
    if (header !== undefined)
      throw new CommandFailure('usage', '--header goes with --webhook, which names the endpoint');
    return {};
  }
  const [only, ...others] = webhook;
  if (others.length === 0 && header === undefined) return { webhookUrl: only, webhooks: [] };
  const headers = header === undefined ? {} : { headers: Object.fromEntries(header) };
  return { webhooks: webhook.map((url) => ({ url, ...headers })) };
}

/** A file mostly ends with a line's end, which is no part of the secret. */
function secretIn(file: string): string {
  const secret = textOf(file).replace(/\r?\n$/, '');
  if (secret === '') throw new CommandFailure('usage', '--secret-file is empty');
  return secret;
}

/** What is there of an object; undefined for nothing. */
function given(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

function collectHeader(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const [, name = '', value = ''] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError("It must be a name and a value, such as 'X-Team: growth'.");
  return [...before, [name, value]];
}
