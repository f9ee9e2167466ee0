import { type Command, Option } from 'commander';
import { pathOf } from '../flag-values.ts';
import { serverCommand } from '../server/commands.ts';
import type { BackupFlags } from './backup.ts';
import type { CheckFlags } from './check-config.ts';
import type { DiffFlags } from './config-diff.ts';
import type { DoctorFlags } from './doctor.ts';
import type { ExportFlags } from './export.ts';
import type { RestoreFlags } from './restore.ts';
import type { ShowFlags } from './show-config.ts';

const DIFF_CODES = `
The data folder is only read, also beside a running Sluice. Exit codes:
  0  nothing would change
  1  it cannot be told: the configuration has mistakes, or the data folder cannot be read
  2  the command was wrong
  3  something would change
`;

const EXPORT_EXAMPLES = `
Without --secrets, an environment variable stands for each secret, and a comment lists them. Another Sluice
declares the same with this file; on this one, what the management API made is the file's from then on.
  sluice export --data-dir /var/lib/sluice > sluice.yaml
  sluice export --data-dir /var/lib/sluice --secrets --to everything.yaml
`;

const BACKUP_EXAMPLES = `
Every night by cron, which mails you what goes wrong. Those older than two weeks go once a new one is there:
  0 3 * * *  sluice backup --quiet --data-dir /var/lib/sluice --to /backup/sluice-$(date +\\%F) && find /backup -maxdepth 1 -name 'sluice-*' -mtime +14 -exec rm -r {} +
`;

/** `sluice config`, `config check` and `config diff`. */
export function addConfig(program: Command): void {
  const config = serverCommand(
    program,
    'config',
    'print what `serve` runs by, where each value is from, secrets masked',
  )
    .option('--json', 'print it as JSON')
    .helpCommand(false)
    .enablePositionalOptions()
    .action(async (flags: ShowFlags) => {
      const { showConfig } = await import('./show-config.ts');
      showConfig(flags);
    });
  serverCommand(config, 'check', 'tell all mistakes in file and environment')
    .option('--json', 'print it as JSON')
    .action(async (flags: CheckFlags) => {
      const { checkConfig } = await import('./check-config.ts');
      checkConfig(flags);
    });
  folderCommand(config, 'diff', 'tell what the next start or SIGHUP would change of sources and destinations')
    .option('--json', 'print it as JSON')
    .addHelpText('after', DIFF_CODES)
    .action(async (flags: DiffFlags) => {
      const { diffConfig } = await import('./config-diff.ts');
      diffConfig(flags);
    });
}

/** `sluice backup`. */
export function addBackup(program: Command): void {
  copyCommand(program, 'backup', 'copy the data folder to a new one, beside a running Sluice or without one')
    .requiredOption('--to <dir>', 'where to make the backup; there must be nothing yet', pathOf)
    .addHelpText('after', BACKUP_EXAMPLES)
    .action(async (flags: BackupFlags) => {
      const { backup } = await import('./backup.ts');
      await backup(flags);
    });
}

/** `sluice restore`. */
export function addRestore(program: Command): void {
  copyCommand(program, 'restore', 'make a data folder from a backup')
    .requiredOption('--from <dir>', 'the backup', pathOf)
    .action(async (flags: RestoreFlags) => {
      const { restore } = await import('./restore.ts');
      await restore(flags);
    });
}

/** `sluice export`. */
export function addExport(program: Command): void {
  folderCommand(program, 'export', 'write sources and destinations as a configuration file')
    .option('--to <file>', 'where to write it; there must be no such file yet (default: stdout)', pathOf)
    .option('--secrets', 'write secrets into it, instead of a variable for each')
    .addOption(
      new Option('--origin <origin>', 'only those that the management API made; not those of a file').choices(['api']),
    )
    .addHelpText('after', EXPORT_EXAMPLES)
    .action(async (flags: ExportFlags) => {
      const { exportConfig } = await import('./export.ts');
      exportConfig(flags);
    });
}

const DOCTOR_CODES = `
It runs beside a Sluice or without one, and changes nothing. Run it as the user who runs Sluice. Endpoints are connected
to, and sent nothing. Exit codes:
  0  no problem; there may be warnings
  1  a problem, which keeps Sluice from starting, accepting or delivering
`;

/** `sluice doctor`. */
export function addDoctor(program: Command): void {
  folderCommand(program, 'doctor', 'look at folder, disk, clock, ports, certificates and endpoints, and say what to do')
    .option('--json', 'print it as JSON')
    .addHelpText('after', DOCTOR_CODES)
    .action(async (flags: DoctorFlags) => {
      const { doctor } = await import('./doctor.ts');
      await doctor(flags);
    });
}

function copyCommand(program: Command, name: string, description: string): Command {
  return folderCommand(program, name, description)
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print what was done as JSON, and nothing meanwhile');
}

/** A command that looks into a data folder. */
export function folderCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--config <file>', 'configuration file that names the data folder (environment: SLUICE_CONFIG)', pathOf)
    .option('--data-dir <dir>', 'data folder, instead of the one that the configuration names', pathOf);
}
