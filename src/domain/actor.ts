/** What an operator may do: look at everything, or also change it. */
export const ROLES = ['viewer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks for something, as the audit trail names them. */
export interface Actor {
  /** `token ci`, `session of ci`, `admin token`, `session of admin token`, `this machine`. */
  readonly name: string;
  readonly role: Role;
  /** How they said who they are: by a token, by a cookie that a token was given for, or by being here. */
  readonly via: 'token' | 'session' | 'loopback';
}

/** Whoever asks `sluice dev` from the machine that it runs on. */
export const THIS_MACHINE: Actor = { name: 'this machine', role: 'admin', via: 'loopback' };

export function mayAct({ role }: Pick<Actor, 'role'>, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
