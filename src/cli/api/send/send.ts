import { type Command, Argument } from 'commander';
import { CALL_TYPES, type CallType } from '../../../contract/vocabulary.ts';
import type { JsonObject } from '../../../lib/json-object.ts';
import { CommandFailure, EXIT_CODES } from '../../exit-codes.ts';
import { countOf } from '../../flag-values.ts';
import { note, print, printJson, stdoutPaint } from '../../output.ts';
import { printable } from '../../printable.ts';
import { apiCommand, asking, type Remote } from '../api-command.ts';
import { fateText } from '../events/fates.ts';
import { findSent, type Sent, watchFate } from './find-sent.ts';
import { callOf, type CallFlags, collectProperty, jsonObjectOf } from './given-call.ts';
import { sendFile } from './send-file.ts';
import type { ApiFlags } from '../target.ts';
import { postCalls } from './tracking.ts';

const EXAMPLES = `
Examples:
  sluice send track --user u1 --event 'Order Completed' --property total=39.9 --watch
  sluice send identify --user u1 --properties '{"plan":"pro"}' --write-key wk_website
  sluice send page --anonymous a1 --name Home
  sluice send group --user u1 --group g1        sluice send alias --user u1 --previous a1
  sluice send --file calls.ndjson               a call with its \`type\` on each line; - for stdin

The write key says as which source. That an event was accepted, and its id, is asked of the management API; without a
token that may look, the message id is all there is. Ends with 1 when it was refused, or with --watch died.
`;

interface SendFlags extends ApiFlags, CallFlags {
  readonly writeKey: string;
  readonly file?: string;
  readonly watch?: true;
  readonly timeout: number;
}

/** `sluice send`: a call, as a library would send it, or a file of calls. */
export function addSend(program: Command): void {
  apiCommand(program, 'send', 'send a call, or a file of calls, as a library does')
    .addArgument(new Argument('[call]', 'which').choices(CALL_TYPES))
    .option('--write-key <key>', 'of the source that it is from', 'dev')
    .option('--user <id>', 'its userId')
    .option('--anonymous <id>', 'its anonymousId')
    .option('--event <name>', 'what happened (track)')
    .option('--name <name>', 'of the page or screen')
    .option('--group <id>', 'which group')
    .option('--previous <id>', 'who it was before (alias)')
    .option('--property <name=value>', 'a property, or of identify and group a trait; several times', collectProperty)
    .option('--properties <json>', 'all of them', jsonObjectOf)
    .option('--context <json>', 'its context', jsonObjectOf)
    .option('--message-id <id>', 'instead of one that is made')
    .option('--file <file>', 'calls, one as JSON on each line; - for stdin')
    .option('--watch', 'wait for what becomes of it at each destination')
    .option('--timeout <seconds>', 'how long --watch waits', countOf, 60)
    .addHelpText('after', EXAMPLES)
    .action(asking(send));
}

async function send(remote: Remote, flags: SendFlags, type: CallType | undefined): Promise<void> {
  if (flags.file !== undefined) {
    if (type !== undefined || flags.watch === true) {
      throw new CommandFailure('usage', 'calls of a file have their own `type`, and are too many to --watch');
    }
    await sendFile(remote, flags.file, flags.writeKey);
    return;
  }
  if (type === undefined) {
    throw new CommandFailure('usage', `say which call (${CALL_TYPES.join(', ')}), or --file`, [
      'such as: sluice send track --user u1 --event Hello',
    ]);
  }
  const call = callOf(type, flags);
  await postCalls(remote.target, type, call, flags.writeKey);
  const sent = await findSent(remote.client, call.messageId);
  if (sent.state === 'accepted' && flags.watch === true) await tellFate(remote, flags, call, sent.id);
  else tell(remote, call, sent);
}

function tell({ isJson }: Remote, { messageId, type }: JsonObject & { readonly messageId: string }, sent: Sent): void {
  if (sent.state === 'refused') process.exitCode = EXIT_CODES.failed.code;
  if (isJson) {
    printJson({ messageId, ...sent });
    return;
  }
  const paint = stdoutPaint();
  if (sent.state === 'accepted') print(`${paint('good', 'accepted')} as ${printable(sent.id)}`);
  if (sent.state === 'taken') {
    print(`${paint('good', 'taken')}; its message id is ${printable(messageId, 200)}`);
    note(sent.why);
  }
  if (sent.state === 'refused') {
    print(`${paint('bad', 'refused')}: ${printable(sent.message, 300)} (${printable(sent.reason)})`);
    if (sent.reason === 'unknown_source') note('name a key with --write-key; sources have theirs: sluice sources list');
    else note(`the ${String(type)} call was answered 200 all the same, as libraries expect`);
  }
}

async function tellFate(
  { client, isJson }: Remote,
  { timeout }: SendFlags,
  { messageId }: { readonly messageId: string },
  id: string,
): Promise<void> {
  const paint = stdoutPaint();
  if (!isJson) print(`${paint('good', 'accepted')} as ${printable(id)}`);
  const { destinations, isFinal } = await watchFate(client, id, {
    withinMs: timeout * 1_000,
    onFate: (fate) => {
      if (!isJson) print(fateText(fate, paint));
    },
  });
  if (isJson) printJson({ messageId, state: 'accepted', id, isFinal, destinations });
  else if (destinations.length === 0) note('no destination has its source: sluice destinations create NAME --source …');
  else if (!isFinal) note(`it still waits; look again: sluice events show ${printable(id)}`);
  if (!isFinal || destinations.some(({ state }) => state === 'dead')) process.exitCode = EXIT_CODES.failed.code;
}
