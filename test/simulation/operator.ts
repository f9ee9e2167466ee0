import { DEFAULT_DELIVERY_POLICY, type Destination, ORDERS, SUCCESS_RULES } from '../../src/domain/destination.ts';
import { onlySecret } from '../../src/domain/secret-rotation.ts';
import type { Position } from '../../src/domain/event.ts';
import type { Workspace } from '../../src/domain/workspace.ts';
import type { WorkspaceStore } from '../../src/ports/workspace-store.ts';
import type { Dice } from './dice.ts';
import type { Machine } from './machine.ts';
import { expectations, filterOf, urlOf, type Witness } from './witness.ts';

/** One that nobody touches and whose endpoint is always well: it shows that no destination delays another. */
export const STEADY = 'steady';

/** What a destination that is enabled now is owed. */
export interface Duty {
  /** The version of the workspace that enabled it. */
  readonly sinceVersion: number;
  /** All later events are its; null until no crash can take one from it. */
  owedAfter: Position | null;
  /** Its settings have changed meanwhile. */
  hasChanged: boolean;
}

/** Who changes destinations, and keeps in mind what each of them is owed. */
export class Operator {
  readonly duties = new Map<string, Duty>();
  /** Events that came while a destination was off, as ranges (after, upTo]: it never gets them. */
  readonly off: { readonly destination: string; readonly after: Position; upTo: Position | null }[] = [];
  readonly #workspace: WorkspaceStore;
  readonly #dice: Dice;
  /** The newest position that is durable. */
  readonly #end: () => Position;
  readonly #witness: Witness;
  readonly #hasBatches: boolean;

  constructor(
    workspace: WorkspaceStore,
    dice: Dice,
    end: () => Position,
    { witness, hasBatches }: { readonly witness: Witness; readonly hasBatches: boolean },
  ) {
    this.#witness = witness;
    this.#hasBatches = hasBatches;
    this.#workspace = workspace;
    this.#dice = dice;
    this.#end = end;
    workspace.watch((current) => {
      this.#noteWishes(current);
    });
  }

  async install(): Promise<void> {
    const dice = this.#dice;
    const steady = makeDestination(STEADY, 1, { concurrency: dice.oneOf([2, 8, 64]), retries: 1, backoffMs: [500] });
    const others = Array.from({ length: 1 + dice.upTo(2) }, (_, index) => this.#design(`d${index}`));
    await this.#put(steady, ...others);
  }

  /** One change of one destination. */
  async change(): Promise<void> {
    const dice = this.#dice;
    const id = `d${dice.upTo(3)}`;
    const current = this.#workspace.current().destinations.find((destination) => destination.id === id);
    if (current === undefined) await this.#put(this.#design(id));
    else if (!current.enabled) await this.#put({ ...current, enabled: true });
    else if (dice.onceIn(2)) await this.#put(this.#design(id));
    else if (dice.onceIn(2)) await this.#put({ ...current, enabled: false });
    else await this.#commit({ deleteDestinations: [id] });
  }

  /** Pauses a destination or one of its endpoints, or resumes it. */
  pauseOrResume(machine: Pick<Machine, 'pause' | 'resume'>): void {
    const dice = this.#dice;
    const id = `d${dice.upTo(2)}`;
    const url = dice.onceIn(2) ? null : urlOf(id, dice.upTo(1));
    if (dice.onceIn(2)) machine.pause(id, url);
    else machine.resume(id, url);
  }

  /** Whatever becomes of the process, destinations get what comes from now on, by what the workspace was at this version. */
  isSafe({ version }: Pick<Workspace, 'version'>): void {
    for (const duty of this.duties.values()) if (duty.sinceVersion <= version) duty.owedAfter ??= this.#end();
  }

  /** Lanes flow for what the workspace was at this version, and for nothing else. */
  applied({ destinations }: Pick<Workspace, 'destinations'>): void {
    const enabled = new Set(destinations.filter((each) => each.enabled).map(({ id }) => id));
    for (const id of this.#everSeen) {
      const isKnown = this.off.some((range) => range.destination === id && range.upTo === null);
      if (!enabled.has(id) && !this.duties.has(id) && !isKnown)
        this.off.push({ destination: id, after: this.#end(), upTo: null });
    }
  }

  readonly #everSeen = new Set<string>();

  #noteWishes({ version, destinations }: Workspace): void {
    const enabled = new Set(destinations.filter((each) => each.enabled).map(({ id }) => id));
    for (const id of this.duties.keys()) if (!enabled.has(id)) this.duties.delete(id);
    // Their pauses are forgotten with them.
    for (const id of this.#everSeen) if (!enabled.has(id)) this.#witness.pauses.forgotten(id);
    for (const id of enabled) {
      this.#everSeen.add(id);
      const duty = this.duties.get(id);
      if (duty !== undefined) continue;
      this.duties.set(id, { sinceVersion: version, owedAfter: null, hasChanged: false });
      for (const range of this.off) if (range.destination === id) range.upTo ??= this.#end();
    }
  }

  #design(id: string): Destination {
    const dice = this.#dice;
    const duty = this.duties.get(id);
    if (duty !== undefined) duty.hasChanged = true;
    const current = this.#workspace.current().destinations.find((destination) => destination.id === id);
    const order = dice.oneOf(ORDERS);
    const maxEvents = dice.oneOf([1, 2, 3, 10, 100]);
    // Where the log forgets, an event may be in it twice, and nobody could say which of them a batch has.
    const isBatched = order === 'none' && this.#hasBatches && dice.onceIn(3);
    return makeDestination(id, 1 + dice.upTo(2), {
      ...{
        order,
        batch: isBatched ? { maxEvents, maxBytes: 65_536, maxWaitMs: dice.oneOf([0, 5, 100, 2_000]) } : null,
      },
      concurrency: dice.oneOf([1, 2, 3, 8, 64]),
      rateLimitPerSecond: dice.onceIn(4) ? dice.oneOf([5, 50, 2_000]) : null,
      circuitBreaker: !dice.onceIn(4),
      // Never fewer: a retry that was granted under the old settings is still made.
      retries: Math.max(current?.delivery.retries ?? 0, dice.upTo(3)),
      backoffMs: [dice.oneOf([0, 5, 100, 2_000]), dice.upTo(2_000)],
      timeoutMs: dice.oneOf([300, 1_000, 5_000]),
      success: dice.oneOf(SUCCESS_RULES),
    });
  }

  async #put(...putDestinations: readonly Destination[]): Promise<void> {
    const before = new Map(this.#workspace.current().destinations.map((each) => [each.id, each]));
    for (const { id, delivery, endpoints } of putDestinations) {
      const old = before.get(id);
      if (old === undefined) continue;
      this.#witness.changed(id);
      if (delivery.success === 'any' && old.delivery.success === 'every') this.#witness.merged(id);
      const urls = new Set(endpoints.map(({ url }) => url));
      for (const { url } of old.endpoints) if (!urls.has(url)) this.#witness.removed(id, url);
    }
    await this.#commit({ putDestinations });
  }

  async #commit(change: Parameters<WorkspaceStore['commit']>[0]): Promise<void> {
    await this.#workspace.commit(change, this.#workspace.current().version, 'operator', 0);
  }
}

function makeDestination(id: string, endpoints: number, policy: Partial<Destination['delivery']>): Destination {
  const delivery = { ...DEFAULT_DELIVERY_POLICY, filter: filterOf(id), ...policy };
  return {
    ...{
      id,
      name: id,
      type: 'webhooks',
      enabled: true,
      ...onlySecret(null),
      tls: null,
      basic: null,
      origin: 'file',
      delivery,
    },
    sources: id === 'd1' ? ['mobile'] : id === 'd2' ? ['web', 'mobile'] : ['web'],
    endpoints: Array.from({ length: endpoints }, (_, number) => ({
      url: urlOf(id, number),
      headers: expectations(delivery, endpoints),
      auth: null,
    })),
  };
}
