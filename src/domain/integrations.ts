import { isJsonObject } from '../lib/json-object.ts';
import type { JsonObject } from '../lib/json-object.ts';

/**
 * Whether the sender means an event for an integration of these names (protocol section 4.3), by the `integrations`
 * that stand beside the event.
 *
 * Everything is on unless it is switched off: by `false` at one of its names, which are case-sensitive, or by `All:
 * false` with none of its names listed. An object at a name is options, and so on. `All` is found in any case, as
 * the reference always did. Runs for each event and lane, so what cannot say no is not parsed.
 */
export function isMeantFor(integrations: string | null, names: readonly string[]): boolean {
  if (integrations === null || !integrations.includes('false')) return true;
  const parsed: unknown = JSON.parse(integrations);
  if (!isJsonObject(parsed)) return true;
  const name = names.find((candidate) => Object.hasOwn(parsed, candidate));
  return name === undefined ? allOf(parsed) : parsed[name] !== false;
}

function allOf(integrations: JsonObject): boolean {
  const key = Object.keys(integrations).find((candidate) => candidate.toLowerCase() === 'all');
  return key === undefined || integrations[key] !== false;
}
