import { openSqliteWorkspaceStore } from '../../src/adapters/sql/workspace-store.ts';
import { makeSecretBox } from '../../src/adapters/system/secret-box.ts';
import type { SecretBox } from '../../src/ports/secret-box.ts';
import type { WorkspaceStore } from '../../src/ports/workspace-store.ts';

/** A box with the same key in every test. */
export const testBox: SecretBox = boxOf(1);

/** A box with a key of which each byte is this. */
export function boxOf(byte: number): SecretBox {
  return makeSecretBox({ bytes: new Uint8Array(32).fill(byte), name: `key ${byte}` });
}

/** A workspace in memory, or in a file, for tests that don't look at how it is kept. */
export function openWorkspace(file = ':memory:'): WorkspaceStore {
  return openSqliteWorkspaceStore({ file, box: testBox });
}
