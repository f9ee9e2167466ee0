import type { Destination } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { isRotationOver, promoted } from '../domain/secret-rotation.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import { committed } from './committed.ts';
import { destinationIn } from './must-hold.ts';

/**
 * Ends the rotation of a destination's secret now: only the new one signs from then on.
 *
 * No change of its settings: a destination of the file is allowed.
 *
 * @throws SluiceError `destination_not_found`, `no_rotation`, `version_conflict`
 */
export async function promoteSecret(
  store: WorkspaceStore,
  { destination: id, by }: { readonly destination: string; readonly by: string },
  ambient: Pick<Ambient, 'nowMs'>,
): Promise<void> {
  await committed(store, by, ambient, (workspace) => {
    const destination = destinationIn(workspace, id);
    if (destination.nextSecret === null) throw new SluiceError('no_rotation', { destination: id });
    return { change: { putDestinations: [withPromoted(destination)] }, result: undefined };
  });
}

/** The longest time between two looks: the wall clock by which rotations end may be set meanwhile. */
const LOOK_MS = 60 * 60 * 1000;
/** After somebody else changed the workspace at the same moment. */
const AGAIN_MS = 1_000;

export interface SecretRotationsOptions {
  readonly workspace: WorkspaceStore;
  readonly ambient: Ambient;
  /** Told of what must not happen. */
  readonly onFailure: (error: unknown) => void;
}

/** Promotes the next secret of each destination when its rotation is over: at the start, and from then on in time. */
export class SecretRotations {
  readonly #options: SecretRotationsOptions;
  readonly #unwatch: () => void;
  #timer: { cancel(): void } | null = null;
  #isStopped = false;

  /** Resolves when what was over before the start is promoted. */
  static async start(options: SecretRotationsOptions): Promise<SecretRotations> {
    const rotations = new SecretRotations(options);
    await rotations.#look();
    return rotations;
  }

  private constructor(options: SecretRotationsOptions) {
    this.#options = options;
    this.#unwatch = options.workspace.watch(() => {
      this.#arm();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#unwatch();
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    const { workspace, ambient } = this.#options;
    const { destinations, version } = workspace.current();
    const nowMs = ambient.nowMs();
    const over = destinations.filter((destination) => isRotationOver(destination, nowMs));
    if (over.length === 0) {
      this.#arm();
      return;
    }
    try {
      await workspace.commit({ putDestinations: over.map(withPromoted) }, version, 'secret rotation', nowMs);
    } catch (error) {
      if (!(error instanceof SluiceError && error.code === 'version_conflict')) throw error;
      this.#lookIn(AGAIN_MS);
    }
  }

  #arm(): void {
    const { workspace, ambient } = this.#options;
    const ends = workspace.current().destinations.map(({ rotationEndsAtMs }) => rotationEndsAtMs ?? Infinity);
    const waitMs = ends.reduce((least, endMs) => Math.min(least, endMs), Infinity) - ambient.nowMs();
    if (waitMs === Infinity) this.#timer?.cancel();
    else this.#lookIn(Math.min(Math.max(waitMs, 0), LOOK_MS));
  }

  #lookIn(ms: number): void {
    this.#timer?.cancel();
    if (this.#isStopped) return;
    this.#timer = this.#options.ambient.after(ms, () => {
      this.#look().catch(this.#options.onFailure);
    });
  }
}

function withPromoted(destination: Destination): Destination {
  return { ...destination, ...promoted(destination) };
}
