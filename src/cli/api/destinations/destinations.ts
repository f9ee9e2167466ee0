import type { Command } from 'commander';
import type { ShownDestination } from '../../../contract/destinations.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json-object.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { note, print, printJson, stdoutPaint } from '../../output.ts';
import { counted, printable } from '../../printable.ts';
import { apiCommand, asking, commandGroup, type Remote } from '../api-command.ts';
import { destinationBody, type DestinationFlags, withDestinationFlags } from './destination-flags.ts';
import { DESTINATION_COLUMNS, destinationLines } from './destination-lines.ts';
import { addVerbs } from './destination-verbs.ts';
import { listCommand, type ListFlags, printList } from '../lists.ts';
import { confirm } from '../prompts.ts';
import type { ApiFlags } from '../target.ts';

const EXAMPLES = `
Examples:
  sluice destinations create CRM --source website --webhook https://crm.example/hook --secret-file crm.secret
  sluice destinations update dst_4f0c --retries 5 --set delivery.backoffMs=durable
  sluice destinations update dst_4f0c --set 'delivery.filter.types.include=["track","identify"]'
  sluice destinations create --file crm.yaml
`;

/** `sluice destinations`: where events go. */
export function addDestinations(program: Command): void {
  const destinations = commandGroup(program, 'destinations', 'where events go, and how they stand').addHelpText(
    'after',
    EXAMPLES,
  );
  listCommand(apiCommand(destinations, 'list', 'list destinations and how they stand')).action(asking(list));
  apiCommand(destinations, 'show <destination>', 'show a destination with all of its settings').action(asking(show));
  withDestinationFlags(apiCommand(destinations, 'create [name]', 'make a destination; it gets what comes from then on'))
    .option('--disable', 'deliver nothing until it is enabled')
    .action(asking(create));
  withDestinationFlags(apiCommand(destinations, 'update <destination>', 'change a destination'))
    .option('--name <name>', 'what people call it')
    .action(asking(update));
  for (const [verb, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    apiCommand(destinations, `${verb} <destination>`, `${verb} a destination`).action(
      asking(async ({ client, isJson }, _flags: ApiFlags, id: string) => {
        showAfter(await client.updateDestination({ params: { id }, body: { enabled } }), isJson);
      }),
    );
  }
  addVerbs(destinations);
  apiCommand(destinations, 'delete <destination>', 'delete a destination; what it is owed is not sent')
    .option('--yes', 'without asking')
    .action(asking(remove));
}

async function list({ client }: Remote, flags: ListFlags): Promise<void> {
  await printList<ShownDestination>(flags, {
    pages: (query) => client.pages.listDestinations({ query }),
    columns: DESTINATION_COLUMNS,
    empty: 'there is no destination yet; make one: sluice destinations create NAME --source SOURCE --webhook URL',
  });
}

async function show({ client, isJson }: Remote, _flags: ApiFlags, id: string): Promise<void> {
  showAfter(await client.getDestination({ params: { id } }), isJson);
}

/** What a body must be is for Sluice to say: it tells all mistakes with their places. */
type Body = never;

async function create(
  { client, isJson }: Remote,
  flags: DestinationFlags & { readonly disable?: true },
  name: string | undefined,
): Promise<void> {
  const body = {
    ...(await destinationBody(flags)),
    ...(name === undefined ? {} : { name }),
    ...(flags.disable === true ? { enabled: false } : {}),
  };
  const made = await client.createDestination({ body: body as Body });
  showAfter(made, isJson);
  if (!isJson) note(`see whether it answers: sluice destinations test ${printable(made.id)}`);
}

async function update(
  { client, isJson }: Remote,
  { name, ...flags }: DestinationFlags & { readonly name?: string },
  id: string,
): Promise<void> {
  const body = {
    ...onlyOneWay(await destinationBody(flags)),
    ...(name === undefined ? {} : { name }),
  };
  if (Object.keys(body).length === 0) {
    throw new CommandFailure('usage', 'say what to change: --retries 5, --set delivery.timeoutMs=2000, --file FILE');
  }
  showAfter(await client.updateDestination({ params: { id }, body: body }), isJson);
}

/** A list of webhooks takes the place of `webhookUrl`, which would stay there and be ignored. */
function onlyOneWay(body: JsonObject): JsonObject {
  const settings = body['settings'];
  if (!isJsonObject(settings) || 'webhookUrl' in settings || settings['webhooks'] === undefined) return body;
  return { ...body, settings: { ...settings, webhookUrl: null } };
}

async function remove(
  { client, isJson }: Remote,
  { yes }: ApiFlags & { readonly yes?: boolean },
  id: string,
): Promise<void> {
  const { owed, dead, replays } = await client.deleteDestination({ params: { id }, query: { dryRun: true } });
  const costs = [
    owedText(owed),
    ...(dead === null || dead.count === 0
      ? []
      : [
          `${counted(dead.count, 'dead delivery', 'dead deliveries')}${dead.isAll ? '' : ' or more'} cannot be retried`,
        ]),
    ...(replays.length === 0 ? [] : [`${counted(replays.length, 'replay')} are cancelled`]),
  ];
  if (yes !== true) note(costs.join(', '));
  await confirm(`delete destination ${printable(id)}`, { yes: yes ?? false });
  const paid = await client.deleteDestination({ params: { id } });
  if (isJson) printJson(paid);
  else print(`deleted destination ${printable(id)}`);
}

function owedText(owed: { readonly waiting: number } | null): string {
  if (owed === null) return 'what it is owed is not known now';
  return owed.waiting === 0 ? 'nothing waits for it' : `${counted(owed.waiting, 'event')} that wait would not be sent`;
}

function showAfter(destination: ShownDestination, isJson: boolean): void {
  if (isJson) printJson(destination);
  else print(...destinationLines(destination, stdoutPaint()));
}
