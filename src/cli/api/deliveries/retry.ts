import type { Command } from 'commander';
import { ApiError } from '../../../contract/client.ts';
import { CommandFailure, EXIT_CODES } from '../../exit-codes.ts';
import { note, outliveReaders, print, printJson } from '../../output.ts';
import { counted, printable } from '../../printable.ts';
import { ProgressLine } from '../../progress.ts';
import { apiCommand, asking, type Remote } from '../api-command.ts';
import { type DeliveryFilters, deliveryQuery, withDeliveryFilters } from './deliveries.ts';
import { noteUnknown } from '../failures.ts';
import { confirm } from '../prompts.ts';
import type { ApiFlags } from '../target.ts';

const EXAMPLES = `
Examples:
  sluice retry dlv_1_7 dlv_1_9
  sluice retry --destination crm --from 1h                 all that died of what came in the last hour
  sluice retry --destination crm --error http_503 --yes

Only dead deliveries can be tried again. What was delivered is sent again by a replay.
`;

interface RetryFlags extends ApiFlags, DeliveryFilters {
  readonly yes?: boolean;
}

/** At once; each is a small transaction there. */
const AT_ONCE = 8;
/** Deliveries that one command tries again: ids of more would fill the memory. */
const RETRIED_MAX = 100_000;
/** Fewer are over before one could read how far it has come. */
const SHOWN_FROM = 500;

interface Problem {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** `sluice retry`: tries dead deliveries again, by their ids or by what they are. */
export function addRetry(program: Command): void {
  withDeliveryFilters(apiCommand(program, 'retry [delivery...]', 'try dead deliveries again'), ['dead'])
    .option('--yes', 'without asking')
    .addHelpText('after', EXAMPLES)
    .action(asking(retry));
}

async function retry(remote: Remote, flags: RetryFlags, ids: readonly string[]): Promise<void> {
  const query = deliveryQuery({ ...flags, state: 'dead' });
  const isFiltered = Object.entries(query).some(([name, value]) => name !== 'state' && value !== undefined);
  if (ids.length > 0 && (isFiltered || flags.state !== undefined)) {
    throw new CommandFailure('usage', 'give either ids of deliveries, or flags that say which');
  }
  if (ids.length === 0 && !isFiltered) {
    throw new CommandFailure('usage', 'say which: ids of deliveries, or --destination and other flags', [
      'dead deliveries are listed by: sluice deliveries list --state dead',
    ]);
  }
  const found = ids.length > 0 ? ids : await deadIds(remote, query);
  if (ids.length === 0 && found.length > 0) {
    await confirm(`try ${counted(found.length, 'dead delivery', 'dead deliveries')} again`, {
      yes: flags.yes ?? false,
    });
  }
  if (found.length === 0) await noteUnknown(remote, flags);
  outliveReaders();
  const { retried, problems } = await retryEach(remote, found);
  tell(remote, retried, problems);
  if (problems.length > 0) process.exitCode = EXIT_CODES.failed.code;
}

async function deadIds({ client }: Remote, query: ReturnType<typeof deliveryQuery>): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { data } of client.pages.listDeliveries({ query: { ...query, limit: 200 } })) {
    ids.push(...data.map(({ id }) => id));
    if (ids.length < RETRIED_MAX) continue;
    note(`there are more than ${RETRIED_MAX}; run this again for the others`);
    break;
  }
  // The oldest first, as they were accepted.
  return ids.toReversed();
}

async function retryEach({ client }: Remote, ids: readonly string[]) {
  const problems: Problem[] = [];
  const retried: string[] = [];
  const left = ids.values();
  const line = new ProgressLine();
  const work = async (): Promise<void> => {
    for (const id of left) {
      try {
        await client.retryDelivery({ params: { id } });
        retried.push(id);
      } catch (error) {
        // What is about this one is told with the others; anything else ends the command.
        if (!(error instanceof ApiError) || ![404, 409].includes(error.status) || ids.length === 1) throw error;
        problems.push({ id, code: error.code, message: error.message });
      }
      const done = retried.length + problems.length;
      if (ids.length >= SHOWN_FROM)
        line.show(done / ids.length, `${done} of ${counted(ids.length, 'delivery', 'deliveries')}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    line.clear();
  }
  return { retried, problems };
}

function tell({ isJson }: Remote, retried: readonly string[], problems: readonly Problem[]): void {
  if (isJson) {
    printJson({ retried, problems });
    return;
  }
  print(
    retried.length === 0 && problems.length === 0
      ? 'no delivery is dead that is so'
      : `${counted(retried.length, 'delivery is', 'deliveries are')} tried again`,
  );
  for (const { id, message } of problems.slice(0, 20)) note(`${printable(id)}: ${printable(message, 300)}`);
  if (problems.length > 20) note(`and ${problems.length - 20} others; --json has all of them`);
}
