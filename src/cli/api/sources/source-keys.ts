import type { Command } from 'commander';
import { print, printJson } from '../../output.ts';
import { printable } from '../../printable.ts';
import { apiCommand, asking, commandGroup, type Remote } from '../api-command.ts';
import { printWhole } from '../lists.ts';
import { confirm } from '../prompts.ts';
import type { ApiFlags } from '../target.ts';

/** `sluice sources keys`: what calls of a source carry. */
export function addKeys(sources: Command): void {
  const keys = commandGroup(sources, 'keys', "a source's write keys");
  apiCommand(keys, 'list <source>', 'list the write keys of a source').action(asking(list));
  apiCommand(keys, 'issue <source>', 'issue another write key, which is printed alone')
    .option('--name <name>', 'what people call it, such as who has it')
    .option('--key <key>', 'this one, instead of one that is made')
    .action(asking(issue));
  apiCommand(keys, 'revoke <source> <key>', 'revoke a write key; calls that carry it are refused from then on')
    .option('--yes', 'without asking')
    .action(asking(revoke));
}

async function list({ client, isJson }: Remote, _flags: ApiFlags, id: string): Promise<void> {
  const { data } = await client.listWriteKeys({ params: { id } });
  printWhole(data, isJson, [
    { title: 'KEY', of: ({ key }) => key, isKept: true },
    { title: 'NAME', of: ({ name }) => name ?? '' },
  ]);
}

async function issue(
  { client, isJson }: Remote,
  { name, key }: ApiFlags & { readonly name?: string; readonly key?: string },
  id: string,
): Promise<void> {
  const body = { ...(name === undefined ? {} : { name }), ...(key === undefined ? {} : { key }) };
  const issued = await client.issueWriteKey({ params: { id }, body });
  if (isJson) printJson(issued);
  else print(printable(issued.key, 200));
}

async function revoke(
  { client, isJson }: Remote,
  { yes }: ApiFlags & { readonly yes?: boolean },
  id: string,
  key: string,
): Promise<void> {
  await confirm(`have calls with the write key ${printable(key)} refused from now on`, { yes: yes ?? false });
  await client.revokeWriteKey({ params: { id, key } });
  if (isJson) printJson({ revoked: key });
  else print(`revoked ${printable(key, 200)}`);
}
