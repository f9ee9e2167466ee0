import { type Command, Option } from 'commander';
import { note, print, printJson } from '../output.ts';
import { agoText, printable } from '../printable.ts';
import { apiCommand, asking, commandGroup, type Remote } from './api-command.ts';
import { listCommand, type ListFlags, printList } from './lists.ts';
import { futureOf } from './moments.ts';
import { confirm } from './prompts.ts';
import type { ApiFlags } from './target.ts';

const ROLES = ['viewer', 'admin'] as const;

/** `sluice tokens`: who may ask the management API. */
export function addTokens(program: Command): void {
  const tokens = commandGroup(program, 'tokens', 'API tokens: who may look, and who may change things');
  listCommand(apiCommand(tokens, 'list', 'list API tokens; their texts are shown nowhere')).action(asking(list));
  apiCommand(tokens, 'create <name>', 'make an API token, which is printed alone, and only now')
    .addOption(new Option('--role <role>', 'viewer may look, admin may change things').choices(ROLES).default('viewer'))
    .option('--expires <time>', 'when it ends: 30d from now, or 2027-01-31; never without it', futureOf)
    .action(asking(create));
  apiCommand(tokens, 'revoke <token>', 'revoke an API token by its id; it and its sessions end at once')
    .option('--yes', 'without asking')
    .action(asking(revoke));
}

async function list({ client }: Remote, flags: ListFlags): Promise<void> {
  await printList(flags, {
    pages: (query) => client.pages.listApiTokens({ query }),
    columns: [
      { title: 'ID', of: ({ id }) => id, isKept: true },
      { title: 'NAME', of: ({ name }) => name },
      { title: 'ROLE', of: ({ role }) => role },
      { title: 'USED', of: ({ lastUsedAt }) => (lastUsedAt === null ? 'never' : agoText(lastUsedAt)) },
      { title: 'EXPIRES', of: ({ expiresAt }) => (expiresAt === null ? 'never' : agoText(expiresAt)) },
      { title: 'MADE', of: ({ createdAt, createdBy }) => `${agoText(createdAt)} by ${createdBy}` },
    ],
    empty: 'there is none besides `admin.token`; make one: sluice tokens create NAME',
  });
}

async function create(
  { client, isJson }: Remote,
  { role, expires }: ApiFlags & { readonly role: (typeof ROLES)[number]; readonly expires?: string },
  name: string,
): Promise<void> {
  const made = await client.createApiToken({
    body: { name, role, ...(expires === undefined ? {} : { expiresAt: expires }) },
  });
  if (isJson) {
    printJson(made);
    return;
  }
  print(printable(made.token, 200));
  const until = made.expiresAt === null ? '' : `, until ${made.expiresAt}`;
  note(`this is ${printable(made.id)}, a ${made.role}'s${until}; it is not shown again`);
}

async function revoke(
  { client, isJson }: Remote,
  { yes }: ApiFlags & { readonly yes?: boolean },
  id: string,
): Promise<void> {
  await confirm(`revoke ${printable(id)}, so that it and its sessions end`, { yes: yes ?? false });
  await client.revokeApiToken({ params: { id } });
  if (isJson) printJson({ revoked: id });
  else print(`revoked ${printable(id)}`);
}
