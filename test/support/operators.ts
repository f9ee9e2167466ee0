import { openSqliteAccessStore } from '../../src/adapters/sql/access-store.ts';
import { systemCredentials } from '../../src/adapters/system/credentials.ts';
import { type Forwarding, makeForwarding } from '../../src/http/client-address.ts';
import { makeOperatorAccess, type OperatorAccess } from '../../src/http/operator-access.ts';
import type { AccessStore } from '../../src/ports/access-store.ts';
import type { Ambient } from '../../src/ports/ambient.ts';
import type { AuditTrail } from '../../src/ports/audit-trail.ts';
import { ApiTokens } from '../../src/workspace/api-tokens.ts';
import { type ActionEntry, makeNoted } from '../../src/workspace/noted.ts';
import { SignIns } from '../../src/workspace/sign-ins.ts';

export interface Operators {
  readonly store: AccessStore;
  readonly signIns: SignIns;
  readonly apiTokens: ApiTokens;
  readonly access: OperatorAccess;
  /** What the audit trail was told, oldest first. */
  readonly changes: readonly ActionEntry[];
}

/** Who may do what, over a store in memory. */
export async function openOperators({
  ambient,
  token = null,
  isOpenOnLoopback = false,
  isWriteKey = () => false,
  forwarding = makeForwarding([]),
  store = openSqliteAccessStore({ file: ':memory:' }),
  audit = { append: async () => Promise.resolve() },
}: {
  readonly ambient: Ambient;
  /** The one of the configuration. */
  readonly token?: string | null;
  readonly isOpenOnLoopback?: boolean;
  readonly isWriteKey?: (text: string) => boolean;
  readonly forwarding?: Forwarding;
  readonly store?: AccessStore;
  readonly audit?: Pick<AuditTrail, 'append'>;
}): Promise<Operators> {
  const changes: ActionEntry[] = [];
  const append: AuditTrail['append'] = async (entry) => {
    await audit.append(entry);
    const { by, action, subject, before, after } = entry;
    changes.push({ by, action, subject, before, after });
  };
  const noted = makeNoted({ audit: { append }, ambient });
  const onFailure = (error: unknown): void => {
    throw error;
  };
  const credentials = systemCredentials;
  const signIns = await SignIns.open({ store, credentials, adminToken: token, ambient, noted, onFailure });
  const apiTokens = new ApiTokens({ store, credentials, ambient, noted });
  const access = makeOperatorAccess({ signIns, isOpenOnLoopback, isWriteKey, forwarding, ambient });
  return { store, signIns, apiTokens, access, changes };
}
