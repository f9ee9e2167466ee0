import { type Command, Option } from 'commander';
import { CALL_TYPES, type CallType } from '../../../contract/vocabulary.ts';
import type { Operations } from '../../../contract/operations.ts';
import type { Answer } from '../../../contract/operation.ts';
import type { Paint } from '../../colors.ts';
import { EXIT_CODES } from '../../exit-codes.ts';
import { note, print, printJson, stdoutPaint } from '../../output.ts';
import { durationText, printable } from '../../printable.ts';
import { apiCommand, asking, clientOf, type Remote } from '../api-command.ts';
import { destinationLines, endpointText } from './destination-lines.ts';
import { objectIn } from '../given-settings.ts';
import { confirm } from '../prompts.ts';
import type { ApiFlags } from '../target.ts';

interface EndpointFlags extends ApiFlags {
  readonly endpoint?: string;
}

/** What one does to a destination besides changing its settings. */
export function addVerbs(destinations: Command): void {
  withEndpoint(
    apiCommand(destinations, 'pause <destination>', 'send it nothing until it is resumed; what it is owed waits'),
  ).action(asking(pause));
  withEndpoint(apiCommand(destinations, 'resume <destination>', 'end a pause, whoever made it')).action(asking(resume));
  withEndpoint(apiCommand(destinations, 'test <destination>', 'send it a test event, and show what came back'))
    .addOption(new Option('--type <type>', 'of the event').choices(CALL_TYPES))
    .option('--event <file>', 'a whole call as JSON or YAML, in place of a sample; - for stdin')
    .addHelpText('after', '\nEnds with 1 when an endpoint does not take it.\n')
    .action(asking(test));
  apiCommand(destinations, 'promote-secret <destination>', 'end the rotation of its secret: the new one signs alone')
    .option('--yes', 'without asking')
    .action(asking(promote));
}

function withEndpoint(command: Command): Command {
  return command.option('--endpoint <url>', 'this endpoint alone');
}

async function pause({ client, isJson }: Remote, { endpoint }: EndpointFlags, id: string): Promise<void> {
  const body = endpoint === undefined ? {} : { endpoint };
  showEndpoints(await client.pauseDestination({ params: { id }, body }), isJson);
  if (!isJson) note(`what it is owed waits until: sluice destinations resume ${printable(id)}`);
}

async function resume({ client, isJson }: Remote, { endpoint }: EndpointFlags, id: string): Promise<void> {
  const body = endpoint === undefined ? {} : { endpoint };
  showEndpoints(await client.resumeDestination({ params: { id }, body }), isJson);
}

function showEndpoints(shown: Answer<Operations['pauseDestination']>, isJson: boolean): void {
  if (isJson) {
    printJson(shown);
    return;
  }
  const paint = stdoutPaint();
  print(...shown.endpoints.map((each) => endpointText(each, paint)));
}

async function promote(
  { client, isJson }: Remote,
  { yes }: ApiFlags & { readonly yes?: boolean },
  id: string,
): Promise<void> {
  await confirm(`have only the new secret of ${printable(id)} sign`, { yes: yes ?? false });
  const destination = await client.promoteSecret({ params: { id } });
  if (isJson) printJson(destination);
  else print(...destinationLines(destination, stdoutPaint()));
}

/** An endpoint may take a minute, and has five of them beside it. */
const TEST_PATIENCE_MS = 90_000;

async function test(
  { target, isJson }: Remote,
  { endpoint, type, event }: EndpointFlags & { readonly type?: CallType; readonly event?: string },
  id: string,
): Promise<void> {
  const tested = await clientOf(target, TEST_PATIENCE_MS).testDestination({
    params: { id },
    body: {
      ...(type === undefined ? {} : { type }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(event === undefined ? {} : { event: { ...(await objectIn(event)) } }),
    },
  });
  if (isJson) printJson(tested);
  else print(...testLines(tested, stdoutPaint()));
  if (tested.endpoints.some(({ outcome }) => outcome !== 'succeeded')) process.exitCode = EXIT_CODES.failed.code;
}

type Tested = Answer<Operations['testDestination']>;

/** What a test came to at each endpoint: answer, time, signatures, and what it said. */
export function testLines({ type, keptAwayBy, endpoints }: Tested, paint: Paint): readonly string[] {
  const kept = keptAwayBy === null ? [] : [`a real ${type} event would be kept away by ${keptAwayBy}`];
  return [...endpoints.flatMap((each) => endpointLines(each, paint)), ...kept];
}

function endpointLines(
  { endpoint, outcome, status, error, durationMs, response, signature }: Tested['endpoints'][number],
  paint: Paint,
): readonly string[] {
  const answer = status === null ? 'no answer' : `answered ${status}`;
  const signed = Object.entries(signature).map(([name, standing]) => `${name} ${standing}`);
  return [
    `${paint(outcome === 'succeeded' ? 'good' : 'bad', outcome)}  ${printable(endpoint, 200)}`,
    `  ${answer} in ${durationText(durationMs)}`,
    ...(error === null ? [] : [`  ${printable(error.message, 300)}`]),
    `  signatures: ${signed.join(', ')}`,
    ...(response === null || response.body === '' ? [] : [`  it said: ${printable(response.body, 300)}`]),
  ];
}
