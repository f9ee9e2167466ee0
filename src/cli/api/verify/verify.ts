import type { Command } from 'commander';
import { pathOf } from '../../flag-values.ts';
import { apiCommand, asking } from '../api-command.ts';
import { instantOf, verify } from './verifying.ts';

const EXAMPLES = `
  sluice verify --bin bin_… --secret-file secret            the newest request of a bin of a running Sluice
  sluice verify captured.txt --secret-file secret           as nc or a proxy prints it, or JSON with headers and body
  pass crm/secret | sluice verify --secret-file - --body body.json --header 'X-Signature: 5f4d…'

Exit code 0: a receiver with this secret takes it; 1: it does not, and why.
`;

/** `sluice verify`: whether a captured request is signed with a secret, and if not, why. */
export function addVerify(program: Command): void {
  apiCommand(program, 'verify [file]', 'check the signatures of a captured webhook request, and say what is wrong')
    .option(
      '--secret-file <file>',
      'file with the shared secret; - for stdin (default: asked for on a terminal)',
      pathOf,
    )
    .option('--bin <id>', 'a request bin: its newest request')
    .option('--request <id>', 'another request of that bin')
    .option(
      '--header <header>',
      'a header as it came; may be given several times',
      (each: string, all: readonly string[] | undefined) => [...(all ?? []), each],
    )
    .option('--body <file>', 'file with the body as it came; - for stdin', pathOf)
    .option('--at <time>', 'when it came, to check its age', instantOf)
    .addHelpText('after', EXAMPLES)
    .action(
      asking(async (remote, flags: never, ...given: never[]) => {
        await verify(remote, flags, given[0]);
      }),
    );
}
