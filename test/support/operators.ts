import { openSqliteAccessStore } from '../../src/adapters/sql/access-store.ts';
import { systemCredentials } from '../../src/adapters/system/credentials.ts';
import { type Forwarding, makeForwarding } from '../../src/http/client-address.ts';
import { makeOperatorAccess, type OperatorAccess } from '../../src/http/operator-access.ts';
import type { AccessStore } from '../../src/ports/access-store.ts';
import type { Ambient } from '../../src/ports/ambient.ts';
import type { AccessChange } from '../../src/workspace/access-change.ts';
import { ApiTokens } from '../../src/workspace/api-tokens.ts';
import { SignIns } from '../../src/workspace/sign-ins.ts';

export interface Operators {
  readonly store: AccessStore;
  readonly signIns: SignIns;
  readonly apiTokens: ApiTokens;
  readonly access: OperatorAccess;
  /** What the audit trail would be told, oldest first. */
  readonly changes: readonly AccessChange[];
}

/** Who may do what, over a store in memory. */
export async function openOperators({
  ambient,
  token = null,
  isOpenOnLoopback = false,
  isWriteKey = () => false,
  forwarding = makeForwarding([]),
  store = openSqliteAccessStore({ file: ':memory:' }),
}: {
  readonly ambient: Ambient;
  /** The one of the configuration. */
  readonly token?: string | null;
  readonly isOpenOnLoopback?: boolean;
  readonly isWriteKey?: (text: string) => boolean;
  readonly forwarding?: Forwarding;
  readonly store?: AccessStore;
}): Promise<Operators> {
  const changes: AccessChange[] = [];
  const record = async (change: AccessChange): Promise<void> => {
    changes.push(change);
    return Promise.resolve();
  };
  const onFailure = (error: unknown): void => {
    throw error;
  };
  const credentials = systemCredentials;
  const signIns = await SignIns.open({ store, credentials, adminToken: token, ambient, record, onFailure });
  const apiTokens = new ApiTokens({ store, credentials, ambient, record });
  const access = makeOperatorAccess({ signIns, isOpenOnLoopback, isWriteKey, forwarding, ambient });
  return { store, signIns, apiTokens, access, changes };
}
