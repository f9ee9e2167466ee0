import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Secrets by what they are called; each is found nowhere else, so that finding it is a leak. */
export type Secrets = Readonly<Record<string, string>>;

/** As it is, as Basic authorization has it, percent-encoded, as JSON has it; and of a key for signatures what it stands for. */
export function formsOf(secret: string): readonly string[] {
  const base64 = [secret, `${secret}:`].map((text) => Buffer.from(text).toString('base64'));
  const ofWhsec = secret.startsWith('whsec_')
    ? [secret.slice(6), Buffer.from(secret.slice(6), 'base64').toString()]
    : [];
  const spelled = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  return [...spelled, ...base64, ...base64.map((text) => text.replace(/=+$/, '')), ...ofWhsec];
}

/** Sees that no text, named by where it was found, has any of the secrets in any form. */
export function assertNoSecret(texts: Readonly<Record<string, string>>, secrets: Secrets): void {
  for (const [where, text] of Object.entries(texts)) {
    for (const [name, secret] of Object.entries(secrets)) {
      for (const form of formsOf(secret)) assert.ok(!text.includes(form), `${where} shows ${name}: ${form}`);
    }
  }
}

/** Every file below a folder by its path, its bytes as a character each. */
export function bytesBelow(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]));
}
