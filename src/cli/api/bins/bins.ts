import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { BinStep } from '../../../domain/bin-script.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { countOf } from '../../flag-values.ts';
import { note, print, printJson, printJsonLine, makeTable, stdoutPaint } from '../../output.ts';
import { agoText, printable } from '../../printable.ts';
import { apiCommand, asking, commandGroup, type Remote } from '../api-command.ts';
import { lasting } from '../lasting.ts';
import { listCommand, type ListFlags, printList } from '../lists.ts';
import type { ApiFlags } from '../target.ts';
import { stepIn, stepText } from './answer-steps.ts';
import { binLines, requestLine, requestLines } from './bin-lines.ts';

const ANSWER_EXAMPLES = `
Examples:
  sluice bins answer BIN '503*2' 200        twice 503, then 200: see retries (a destination makes one unless told otherwise)
  sluice bins answer BIN 500                always: see dead letters
  sluice bins answer BIN hang               never answers: see timeouts, and the circuit breaker
  sluice bins answer BIN 200+3s             after three seconds
  sluice bins answer BIN reset 200 again    resets every other connection
  sluice bins answer BIN                    200 at once, as in the beginning
`;

/** `sluice bins`: endpoints to look at. */
export function addBins(program: Command): void {
  const bins = commandGroup(
    program,
    'bins',
    'request bins: endpoints that keep what they get, and answer as they are told',
  );
  apiCommand(bins, 'list', 'list request bins').action(asking(list));
  apiCommand(bins, 'create', 'make a bin, and print its URL').action(asking(create));
  apiCommand(bins, 'show <bin>', 'show a bin, and what it answers').action(asking(show));
  apiCommand(bins, 'answer <bin> [steps...]', 'have it answer so, one step after the other')
    .option('--file <file>', 'the script as JSON, with headers, bodies and chances; - for stdin')
    .addHelpText('after', ANSWER_EXAMPLES)
    .action(asking(answer));
  listCommand(apiCommand(bins, 'requests <bin>', 'list what it got, newest first')).action(asking(requests));
  apiCommand(bins, 'request <bin> <request>', 'show a request, with headers and body')
    .option('--raw', 'write the bytes of its body, and nothing else')
    .action(asking(request));
  apiCommand(bins, 'tail <bin>', 'show what it gets, live')
    .option('--count <count>', 'end after so many', countOf)
    .action(asking(tail));
  apiCommand(bins, 'empty <bin>', 'forget what it got').action(asking(empty));
}

async function list({ client, isJson }: Remote): Promise<void> {
  const { data } = await client.listBins();
  if (isJson) printJson(data);
  else if (data.length === 0) note('there is none; make one: sluice bins create');
  else {
    const table = makeTable<(typeof data)[number]>([
      { title: 'ID', of: ({ id }) => id, isKept: true },
      { title: 'HOLDS', of: ({ requests: held }) => String(held) },
      { title: 'NEWEST', of: ({ lastAt }) => (lastAt === null ? 'nothing yet' : agoText(lastAt)) },
      { title: 'ANSWERS', of: ({ script }) => (script.length === 0 ? '200' : script.map(stepText).join(' ')) },
      { title: 'URL', of: ({ url }) => url },
    ]);
    print(...table.lines(data));
  }
}

async function create({ client, isJson }: Remote): Promise<void> {
  const made = await client.createBin();
  if (isJson) printJson(made);
  else {
    print(printable(made.url, 500));
    note(`see what comes: sluice bins tail ${printable(made.id)}`);
  }
}

async function show({ client, isJson }: Remote, _flags: ApiFlags, id: string): Promise<void> {
  const bin = await client.getBin({ params: { id } });
  if (isJson) printJson(bin);
  else print(...binLines(bin));
}

async function answer(
  { client, isJson }: Remote,
  { file }: ApiFlags & { readonly file?: string },
  id: string,
  words: readonly string[] = [],
): Promise<void> {
  if (file !== undefined && words.length > 0)
    throw new CommandFailure('usage', 'give either steps or --file, not both');
  const script = file === undefined ? words.map(stepIn) : scriptIn(file);
  const bin = await client.updateBin({ params: { id }, body: { script } });
  if (isJson) printJson(bin);
  else print(...binLines(bin));
}

/** Its form is the server's to judge. */
function scriptIn(file: string): BinStep[] {
  try {
    return JSON.parse(readFileSync(file === '-' ? process.stdin.fd : file, 'utf8')) as BinStep[];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure('usage', `${printable(file, 200)} holds no script: ${printable(reason, 200)}`, [
      'that is a JSON array such as [{"status":503,"headers":{"Retry-After":"2"},"times":2}]',
    ]);
  }
}

async function requests({ client }: Remote, flags: ListFlags, id: string): Promise<void> {
  await printList(flags, {
    pages: (query) => client.pages.listBinRequests({ params: { id }, query }),
    columns: [
      { title: 'ID', of: (each) => each.id, isKept: true },
      { title: 'CAME', of: ({ at }) => agoText(at) },
      { title: 'METHOD', of: ({ method }) => method },
      { title: 'PATH', of: ({ path }) => path },
      { title: 'BYTES', of: ({ bytes }) => String(bytes) },
      { title: 'ANSWERED', of: (each) => String(each.answer) },
    ],
    empty: `it got nothing yet; what comes is shown by: sluice bins tail ${printable(id)}`,
  });
}

async function request(
  { client, isJson }: Remote,
  { raw = false }: ApiFlags & { readonly raw?: boolean },
  id: string,
  requestId: string,
): Promise<void> {
  const found = await client.getBinRequest({ params: { id, request: requestId } });
  if (isJson) printJson(found);
  else if (raw) {
    process.stdout.write(found.bodyBase64 === null ? found.body : Buffer.from(found.bodyBase64, 'base64'));
  } else print(...requestLines(found, stdoutPaint()));
}

async function tail(
  remote: Remote,
  { count = Infinity }: ApiFlags & { readonly count?: number },
  id: string,
): Promise<void> {
  const paint = stdoutPaint();
  let [place, left] = ['', count];
  const messages = lasting(remote, ({ signal, heard }) =>
    remote.client.watchBin({
      params: { id },
      query: place === '' ? {} : { lastEventId: place },
      signal,
      onPlace: (at) => {
        if (at !== '') place = at;
        heard();
      },
    }),
  );
  for await (const message of messages) {
    if (remote.isJson) printJsonLine(message);
    else if (message.kind === 'request') print(requestLine(message.data, paint));
    else if (message.kind === 'gap') note('some came that it does not hold any more');
    if (message.kind === 'request') left -= 1;
    if (left <= 0) return;
  }
}

async function empty({ client, isJson }: Remote, _flags: ApiFlags, id: string): Promise<void> {
  await client.emptyBin({ params: { id } });
  if (isJson) printJson({ emptied: id });
  else print(`emptied ${printable(id)}`);
}
