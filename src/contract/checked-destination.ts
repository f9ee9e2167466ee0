import { type AddressPolicy, makeAddressJudge } from '../domain/address-policy.ts';
import type { Destination } from '../domain/destination.ts';
import type { Origin } from '../domain/origin.ts';
import type { Workspace } from '../domain/workspace.ts';
import { isJsonObject, type JsonObject } from '../lib/json-object.ts';
import { patched } from '../lib/merge-patch.ts';
import { retryingProblem, withPreset } from './backoff-presets.ts';
import { problemsBetween, secretProblems } from './between-settings.ts';
import { type Checked, checkedBy, shallow } from './checked.ts';
import { deliverySchema } from './delivery-schema.ts';
import { destinationFormOf, destinationOf } from './destination-form.ts';
import { destinationSchema } from './destination-schema.ts';
import { addressProblems, urlsIn } from './endpoint-addresses.ts';
import type { Problem } from './problems.ts';
import { unmasked } from './unmasked.ts';

/** What a destination has to fit in with. */
export interface DestinationSurroundings {
  readonly workspace: Pick<Workspace, 'sources'>;
  /** Addresses that endpoints may have. */
  readonly network: AddressPolicy;
  /** How long events are kept: `retention.log.age`. */
  readonly logAgeMs: number;
}

/**
 * The destination that a request describes which makes one: in the terms of the file, without an id. Or all that is
 * wrong with it. Whether its name is free is asked when it is made (`createDestination`).
 *
 * @param id the one that it gets
 * @param like what is not given is as it is there, but for its name and its endpoints
 */
export function checkedNewDestination(
  given: unknown,
  { id, like, ...surroundings }: DestinationSurroundings & { readonly id: string; readonly like: Destination | null },
): Checked<Destination> {
  const said = shallow(given);
  if ('problems' in said) return said;
  const own = said.value['id'] === undefined ? [] : [{ path: ['id'], message: 'is made here; leave it out' }];
  const whole = { ...(like === null ? said.value : mergedLike(like, said.value)), id };
  return checked(whole, [...own, ...secretProblems(whole, [])], 'api', surroundings);
}

/**
 * What a destination becomes by a merge patch of its form (RFC 7396): what isn't said stays, `null` takes a setting
 * back to its default, lists are replaced as a whole, and a mask stands for the secret that it was shown in place of.
 * The whole is then checked as a new one is. That another secret begins a rotation is seen to when it is written
 * (`updateDestination`).
 */
export function checkedDestination(
  patch: unknown,
  { current, ...surroundings }: DestinationSurroundings & { readonly current: Destination },
): Checked<Destination> {
  const said = shallow(patch);
  if ('problems' in said) return said;
  const form = destinationFormOf(current);
  const whole = unmasked({ ...(patched(form, said.value) as JsonObject), id: current.id }, form);
  const stored = [current.sharedSecret, current.nextSecret];
  const ofSecret = isJsonObject(whole) ? secretProblems(whole, [], stored) : [];
  return checked(whole, [...idProblems(said.value, current.id), ...ofSecret], current.origin, surroundings);
}

/** Endpoints are not taken along, nor what they are called with: nobody means to call them twice. */
function mergedLike(like: Destination, said: JsonObject): JsonObject {
  const { sources, type, enabled, settings, delivery } = destinationFormOf(like);
  const { sharedSecret } = settings;
  return patched({ sources, type, enabled, settings: { sharedSecret }, delivery }, said) as JsonObject;
}

/** Who sends back what was shown says the id, too. */
export function idProblems({ id }: JsonObject, current: string): readonly Problem[] {
  return id === undefined || id === current ? [] : [{ path: ['id'], message: 'cannot be changed; leave it out' }];
}

function checked(
  whole: unknown,
  others: readonly Problem[],
  origin: Origin,
  surroundings: DestinationSurroundings,
): Checked<Destination> {
  const said = withPreset(whole);
  const between = isJsonObject(said) ? surroundingProblems(said, surroundings) : [];
  const result = checkedBy(destinationSchema, said, [...others, ...between]);
  return 'problems' in result ? result : { value: destinationOf(result.value, origin) };
}

function surroundingProblems(
  said: JsonObject,
  { workspace, network, logAgeMs }: DestinationSurroundings,
): readonly Problem[] {
  const ids = new Set(workspace.sources.map(({ id }) => id));
  const delivery = deliverySchema.safeParse(said['delivery'] ?? {});
  const retrying = delivery.success ? retryingProblem(delivery.data, logAgeMs) : null;
  return [
    ...problemsBetween(said, [], { ids, otherwise: 'there is no source with this id' }),
    ...addressProblems(urlsIn(said['settings'], ['settings']), makeAddressJudge(network)),
    ...(retrying === null ? [] : [{ path: ['delivery'], message: retrying }]),
  ];
}
