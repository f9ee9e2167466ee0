/** Name, or IPv6 address in brackets, then optionally a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[^:@/\s]+?)\.?(?::\d*)?$/i;

/**
 * Whether a request's `Host` header names this server. Without the check, a web page could point a name of its own at
 * 127.0.0.1 and read what a server without a login answers there (DNS rebinding).
 *
 * @param allowed names in lower case, without ports; IPv6 addresses without brackets
 */
export function isHostAllowed(host: string | undefined, allowed: ReadonlySet<string>): boolean {
  const name = host === undefined ? undefined : HOST.exec(host)?.[1];
  return name !== undefined && allowed.has(withoutBrackets(name).toLowerCase());
}

function withoutBrackets(name: string): string {
  return name.startsWith('[') ? name.slice(1, -1) : name;
}
