/** What whoever asks the management API may do: look, or change things too. */
export const ROLES = ['viewer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks the management API, as the audit trail names it. */
export interface Actor {
  readonly name: string;
  readonly role: Role;
}

/** Whether a role is enough where another is asked for: an admin may do all that a viewer may. */
export function isEnough(role: Role, asked: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(asked);
}
