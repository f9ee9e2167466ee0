import { checkedDestination, checkedNewDestination } from '../contract/checked-destination.ts';
import type { DestinationSurroundings } from '../contract/checked-destination.ts';
import type { destinationOperations, ShownDestination } from '../contract/destinations.ts';
import { shownDestination } from '../contract/shown-forms.ts';
import type { Destination } from '../domain/destination.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { Workspace } from '../domain/workspace.ts';
import { standingOf } from '../pipeline/destination-standing.ts';
import type { Foresee } from '../pipeline/foresee-deletion.ts';
import type { LaneStatus } from '../pipeline/lane-status.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { createDestination, deleteDestination, updateDestination } from '../workspace/destinations.ts';
import { checkChangeable, destinationIn } from '../workspace/must-hold.ts';
import { promoteSecret } from '../workspace/rotate-secrets.ts';
import { mustBeRight, withoutShown } from './checked-body.ts';
import type { HandlersOf } from './handlers.ts';
import { pageOf } from './page.ts';

export interface DestinationRouteParts {
  readonly workspace: WorkspaceStore;
  /** Resolves when deliveries go by what was changed last. */
  readonly applied: () => Promise<void>;
  readonly stats: {
    /** How destinations stand; null when nobody answers. */
    status(): Promise<readonly LaneStatus[] | null>;
  };
  /** How one stands from now on, whatever others were told meanwhile; null when nobody answers. */
  readonly statusOf: (destination: string) => Promise<readonly LaneStatus[] | null>;
  readonly foresee: Foresee;
  /** What endpoints and retries have to fit in with. */
  readonly surroundings: Omit<DestinationSurroundings, 'workspace'>;
  readonly ambient: Ambient;
}

/** What a destination is shown with, and nobody says. */
const SHOWN_BESIDES = ['origin', 'rotation', 'endpoints', 'isHeld', 'owed'];

/** Destinations, with how they stand. */
export function destinationHandlers(parts: DestinationRouteParts): HandlersOf<typeof destinationOperations> {
  const { workspace, applied, stats, statusOf, foresee, surroundings, ambient } = parts;
  const standing = async (destination: Destination): Promise<ShownDestination> =>
    shown(destination, await statusOf(destination.id));
  const changed = async (destination: Destination): Promise<ShownDestination> => {
    await applied();
    return standing(destination);
  };
  return {
    listDestinations: async ({ query }) => {
      const { data, next } = pageOf(workspace.current().destinations, query);
      const statuses = await stats.status();
      return { data: data.map((each) => shown(each, statuses)), next };
    },
    createDestination: async ({ body, query }, { actor }) => {
      const make = (id: string, now: Workspace): Destination => {
        const like = query.like === undefined ? null : destinationIn(now, query.like);
        return mustBeRight(checkedNewDestination(body, { id, like, workspace: now, ...surroundings }));
      };
      return changed(await createDestination(workspace, { make, by: actor.name }, ambient));
    },
    getDestination: async ({ params: { id } }) => standing(destinationIn(workspace.current(), id)),
    updateDestination: async ({ params: { id }, body }, { actor }) => {
      const patch = withoutShown(body, SHOWN_BESIDES);
      const change = (current: Destination, now: Workspace): Destination =>
        mustBeRight(checkedDestination(patch, { current, workspace: now, ...surroundings }));
      return changed(await updateDestination(workspace, { id, change, by: actor.name }, ambient));
    },
    deleteDestination: async ({ params: { id }, query: { dryRun } }, { actor }) => {
      checkChangeable('destination', destinationIn(workspace.current(), id));
      const toll = await foresee.destination(id);
      if (!dryRun) {
        await deleteDestination(workspace, { id, by: actor.name }, ambient);
        await applied();
      }
      return { dryRun, ...toll };
    },
    promoteSecret: async ({ params: { id } }, { actor }) => {
      await promoteSecret(workspace, { destination: id, by: actor.name }, ambient);
      return changed(destinationIn(workspace.current(), id));
    },
  };
}

function shown(destination: Destination, statuses: readonly LaneStatus[] | null): ShownDestination {
  const { id, origin, rotationEndsAtMs, delivery } = destination;
  const { name = id, sources, enabled = true, settings, type = 'webhooks' } = shownDestination(destination);
  const { endpoints, isHeld, owed } = standingOf(destination, statuses);
  return {
    ...{ id, name, sources, type, enabled },
    settings: {
      ...settings,
      webhooks: (settings.webhooks ?? []).map(({ headers = {}, ...rest }) => ({ ...rest, headers })),
    },
    delivery: {
      ...delivery,
      rateLimitPerSecond: delivery.rateLimitPerSecond ?? undefined,
      batch: delivery.batch ?? undefined,
    },
    origin,
    rotation: rotationEndsAtMs === null ? null : { endsAt: isoOf(rotationEndsAtMs) },
    endpoints: endpoints.map(({ url, state, reason, sinceMs }) => ({ url, state, reason, since: atOf(sinceMs) })),
    isHeld,
    owed: owed === null ? null : owedShown(owed),
  };
}

function owedShown({ oldestAtMs, ...counts }: NonNullable<ReturnType<typeof standingOf>['owed']>) {
  return { ...counts, oldestAt: atOf(oldestAtMs) };
}

function atOf(ms: number | null): string | null {
  return ms === null ? null : isoOf(ms);
}
