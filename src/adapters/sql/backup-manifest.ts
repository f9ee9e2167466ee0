import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SluiceError } from '../../domain/errors.ts';
import type { OpenOptions } from './sqlite.ts';

/** Written last: a folder without it is no backup. */
export const MANIFEST_FILE = 'backup.json';
/** Raised when an older program could not restore what this one writes. */
const FORMAT = 1;

/** The databases of a data folder beside the log, and what else has to come along. Never its lock. */
export const DATABASES = [
  { path: 'delivery.db', kind: 'delivery', isRequired: true },
  { path: 'workspace.db', kind: 'workspace', isRequired: true },
  { path: 'replays.db', kind: 'replay', isRequired: false },
  { path: 'refused.db', kind: 'refusal', isRequired: false },
  { path: 'erasure.db', kind: 'erasure', isRequired: false },
] as const;
/** What each holds is a secret of its own, and need not be there. */
export const PRIVATE_FILES = ['admin.token', 'secrets.key'] as const;
export const LOG_FOLDER = 'log';

/** Whether the key that its secrets were sealed with is in it: `none` where nothing is sealed. */
export const KEY_PLACES = ['here', 'elsewhere', 'none'] as const;
export type KeyPlace = (typeof KEY_PLACES)[number];

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  /** Of the Sluice that made the backup. */
  version: z.string(),
  /** All that was accepted by then is in it. */
  takenAt: z.string(),
  epoch: z.int(),
  /** The newest position in it. */
  end: z.int(),
  /** Before secrets were sealed, manifests had nothing about it. */
  secretsKey: z.enum(KEY_PLACES).default('none'),
  files: z.array(
    z.object({
      // What a damaged or forged manifest names must not lead out of the folder.
      path: z.string().regex(/^(log\/)?[\w-]+(\.[\w-]+)*$/),
      bytes: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});

/** What a backup says of itself, in JSON. */
export type BackupManifest = z.output<typeof manifestSchema>;
export type BackupFile = BackupManifest['files'][number];

export function manifestText(manifest: Omit<BackupManifest, 'format'>): string {
  return `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`;
}

/** @throws SluiceError `not_a_backup`, `backup_too_new` */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const told: unknown = await readJson(folder);
  const { format } = z.looseObject({ format: z.int() }).catch({ format: 0 }).parse(told);
  if (format > FORMAT) throw new SluiceError('backup_too_new', { folder, found: format, known: FORMAT });
  const { success, data } = manifestSchema.safeParse(told);
  if (!success) throw new SluiceError('not_a_backup', { folder, reason: `${MANIFEST_FILE} is not what Sluice wrote` });
  return data;
}

/** Which migrations make a file of the backup; null for one that is no database. */
export function kindOf(path: string): OpenOptions['kind'] | null {
  if (!path.endsWith('.db')) return null;
  return DATABASES.find((database) => database.path === path)?.kind ?? 'segment';
}

async function readJson(folder: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(folder, MANIFEST_FILE), 'utf8'));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = isMissing
      ? `it has no ${MANIFEST_FILE}; a backup that was cut short has none either`
      : String(error);
    throw new SluiceError('not_a_backup', { folder, reason }, error);
  }
}
