import { type Command, Option } from 'commander';
import type { ShownSource } from '../../../contract/sources.ts';
import { SOURCE_KINDS, type SourceKind } from '../../../contract/vocabulary.ts';
import { note, print, printJson, stdoutPaint } from '../../output.ts';
import { counted, printable } from '../../printable.ts';
import { fieldLines } from '../../table.ts';
import { apiCommand, asking, commandGroup, type Remote } from '../api-command.ts';
import { listCommand, type ListFlags, printList } from '../lists.ts';
import { confirm } from '../prompts.ts';
import { addKeys } from './source-keys.ts';
import type { ApiFlags } from '../target.ts';

interface SourceFlags extends ApiFlags {
  readonly kind?: SourceKind;
  readonly enable?: true;
  readonly disable?: true;
}

/** `sluice sources`: where calls come from. */
export function addSources(program: Command): void {
  const sources = commandGroup(program, 'sources', 'where calls come from, and their write keys');
  listCommand(apiCommand(sources, 'list', 'list sources')).action(asking(list));
  apiCommand(sources, 'show <source>', 'show a source').action(asking(show));
  withKind(apiCommand(sources, 'create <name>', 'make a source'))
    .option('--write-key <key>', 'the key that its calls carry, instead of one that is made')
    .option('--disable', 'refuse its calls until it is enabled')
    .action(asking(create));
  withKind(apiCommand(sources, 'update <source>', 'change a source'))
    .option('--name <name>', 'what people call it')
    .option('--enable', 'accept its calls')
    .addOption(new Option('--disable', 'refuse its calls').conflicts('enable'))
    .action(asking(update));
  apiCommand(sources, 'delete <source>', 'delete a source; its calls are refused from then on')
    .option('--yes', 'without asking')
    .action(asking(remove));
  addKeys(sources);
}

function withKind(command: Command): Command {
  return command.addOption(
    new Option('--kind <kind>', 'what sends; decides which libraries are shown for it').choices(SOURCE_KINDS),
  );
}

async function list({ client }: Remote, flags: ListFlags): Promise<void> {
  await printList<ShownSource>(flags, {
    pages: (query) => client.pages.listSources({ query }),
    columns: [
      { title: 'ID', of: ({ id }) => id, isKept: true },
      { title: 'NAME', of: ({ name }) => name },
      {
        title: 'STATE',
        of: ({ enabled }) => (enabled ? 'enabled' : 'disabled'),
        tone: ({ enabled }) => (enabled ? 'good' : 'quiet'),
      },
      { title: 'KIND', of: ({ kind }) => kind ?? '' },
      { title: 'KEYS', of: ({ writeKeys }) => String(writeKeys.length) },
      { title: 'ORIGIN', of: ({ origin }) => origin },
    ],
    empty: 'there is no source yet; make one: sluice sources create NAME',
  });
}

async function show({ client, isJson }: Remote, _flags: ApiFlags, id: string): Promise<void> {
  const source = await client.getSource({ params: { id } });
  if (isJson) printJson(source);
  else print(...sourceLines(source));
}

async function create(
  { client, isJson }: Remote,
  { kind, writeKey, disable }: SourceFlags & { readonly writeKey?: string },
  name: string,
): Promise<void> {
  const source = await client.createSource({
    body: {
      name,
      ...(kind === undefined ? {} : { kind }),
      ...(writeKey === undefined ? {} : { writeKeys: [writeKey] }),
      ...(disable === undefined ? {} : { enabled: false }),
    },
  });
  if (isJson) {
    printJson(source);
    return;
  }
  print(...sourceLines(source));
  const id = printable(source.id);
  note(
    `send it a call: sluice send track --user u1 --event Hello --write-key ${printable(source.writeKeys[0] ?? '')}`,
    `have its events delivered: sluice destinations create NAME --source ${id} --webhook https://…`,
  );
}

async function update(
  { client, isJson }: Remote,
  { name, kind, enable, disable }: SourceFlags & { readonly name?: string },
  id: string,
): Promise<void> {
  const enabled = enable === true ? true : disable === true ? false : undefined;
  const body = {
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined ? {} : { kind }),
    ...(enabled === undefined ? {} : { enabled }),
  };
  const source = await client.updateSource({ params: { id }, body });
  if (isJson) printJson(source);
  else print(...sourceLines(source));
}

async function remove(
  { client, isJson }: Remote,
  { yes }: ApiFlags & { readonly yes?: boolean },
  id: string,
): Promise<void> {
  const toll = await client.deleteSource({ params: { id }, query: { dryRun: true } });
  const without = toll.destinations.filter(({ isLeftWithout }) => isLeftWithout).length;
  const costs = [
    `calls with ${counted(toll.writeKeys, 'write key')} are refused afterwards`,
    ...(toll.destinations.length === 0 ? [] : [`${counted(toll.destinations.length, 'destination')} lose it`]),
    ...(without === 0 ? [] : [`${without} of them have no other source`]),
  ];
  if (yes !== true) note(costs.join(', '));
  await confirm(`delete source ${printable(id)}`, { yes: yes ?? false });
  const paid = await client.deleteSource({ params: { id } });
  if (isJson) printJson(paid);
  else print(`deleted source ${printable(id)}`);
}

function sourceLines({ id, name, enabled, kind, writeKeys, origin }: ShownSource): readonly string[] {
  const paint = stdoutPaint();
  return fieldLines(
    [
      ['id', printable(id)],
      ['name', printable(name, 200)],
      ['state', enabled ? paint('good', 'enabled') : paint('quiet', 'disabled: its calls are refused')],
      ['kind', kind],
      ['write keys', writeKeys.map((key) => printable(key, 200)).join(', ')],
      ['origin', origin === 'file' ? 'the configuration file, which alone changes it' : null],
    ],
    paint,
  );
}
