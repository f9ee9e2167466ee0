import { SluiceError } from '../../src/domain/errors.ts';
import type { Workspace } from '../../src/domain/workspace.ts';
import type { ReplaySlice } from '../../src/domain/replay.ts';
import { Dispatcher } from '../../src/pipeline/dispatch.ts';
import type { Ingest } from '../../src/pipeline/ingest.ts';
import { Pruner } from '../../src/pipeline/prune.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Telemetry } from '../../src/ports/telemetry.ts';
import type { WorkspaceStore } from '../../src/ports/workspace-store.ts';
import { DeliveryMemory } from '../support/delivery-memory.ts';
import { makeFaultyDeliveryStore, type StoreFaults } from '../support/faulty-delivery-store.ts';
import { Life, mortal, mortalAmbient } from '../support/mortal.ts';
import type { SimulatedAmbient } from '../support/simulated-ambient.ts';
import type { Endpoints } from './endpoints.ts';
import type { Witness } from './witness.ts';
import { makeWholeIngest } from '../support/whole-ingest.ts';

export interface MachineParts {
  readonly ambient: SimulatedAmbient;
  readonly log: EventLog;
  readonly workspace: WorkspaceStore;
  readonly storeFaults: StoreFaults;
  readonly endpoints: Endpoints;
  readonly witness: Witness;
  /** How many bytes of the log are kept; null for all. */
  readonly logBytes: number | null;
  /** What is to be replayed now. */
  readonly replays: () => readonly ReplaySlice[];
}

/**
 * The computer that Sluice runs on: starts it, stops it, kills it at any moment, and keeps its disk meanwhile. Of the
 * process it has what is inside, put together as `compose.ts` and `delivery-thread.ts` do. Log and workspace live on,
 * since what becomes of their files is their own suites' matter.
 *
 *     off ──start──▶ starting ──lanes flow──▶ up ──stop──▶ stopping ──▶ off
 *      ▲                │                     │               │
 *      └────────────────┴──── kill, cutPower ─┴───────────────┘
 */
export class Machine {
  readonly disk = new DeliveryMemory();
  readonly #parts: MachineParts;
  #life = new Life();
  #state: 'off' | 'starting' | 'up' | 'stopping' = 'off';
  #ingest: Ingest | null = null;
  #dispatcher: Dispatcher | null = null;
  #pruner: Pruner | null = null;
  /** What changes lanes happens one after the other, as in `delivery-thread.ts`. */
  #lastTurn: Promise<unknown> = Promise.resolve();
  /** It knows of no room for what became of deliveries. */
  #waitsForRoom = false;
  /** Since when it has been up, by elapsed time. */
  upSinceMs = 0;
  /** The changes that were begun, one after the other, as in `follow-workspace.ts`. */
  #lastBegun: Promise<unknown> = Promise.resolve();
  /** Changes begun that a crash must not come before yet. */
  #unsafe = 0;
  /** Called when no crash can take anything from a workspace's destinations any more. */
  onSafe: (workspace: Workspace) => void = () => undefined;
  /** Called when lanes flow for all of a workspace: at a start, and when an update is finished. */
  onApplied: (workspace: Workspace) => void = () => undefined;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.#life.end();
  }

  get state(): 'off' | 'starting' | 'up' | 'stopping' {
    return this.#state;
  }

  /** Of the process that runs; over when none does. */
  get life(): Life {
    return this.#life;
  }

  /** The entrance for calls; null while nobody listens. */
  get ingest(): Ingest | null {
    return this.#state === 'up' ? this.#ingest : null;
  }

  get dispatcher(): Dispatcher | null {
    return this.#state === 'up' ? this.#dispatcher : null;
  }

  async start(): Promise<void> {
    this.#state = 'starting';
    const life = new Life();
    this.#life = life;
    const { ambient, witness, workspace } = this.#parts;
    witness.note('start');
    const dispatcher = this.#makeDispatcher(life);
    const current = workspace.current();
    const replays = this.#parts.replays();
    const { end: newFrom } = await this.#parts.log.extent();
    await dispatcher.start({ destinations: current.destinations, replays, newFrom });
    if (life.isOver) return;
    this.#ingest = makeWholeIngest({
      log: mortal(this.#parts.log, life),
      workspace,
      ambient: mortalAmbient(ambient, life),
      telemetry: this.#telemetry(life),
    });
    this.#lastTurn = Promise.resolve();
    this.#lastBegun = Promise.resolve();
    this.#unsafe = 0;
    this.#pruner?.start();
    this.upSinceMs = ambient.elapsedMs();
    this.#state = 'up';
    witness.note('up');
    this.onSafe(current);
    this.onApplied(current);
    if (workspace.current() !== current || this.#parts.replays() !== replays) this.update(workspace.current());
  }

  /** The workspace has changed: this is begun at once, and finished after the changes before it. */
  update(workspace: Workspace): void {
    const { life } = this;
    const dispatcher = this.#dispatcher;
    if (this.#state !== 'up' || dispatcher === null) return;
    const wanted = { destinations: workspace.destinations, replays: this.#parts.replays() };
    const begun = this.#lastBegun.then(async () => {
      const isSafe = await dispatcher.begin(wanted);
      if (life.isOver) return;
      if (!isSafe) this.#unsafe += 1;
      if (this.#unsafe === 0) this.onSafe(workspace);
      this.#inTurn(async () => {
        const isFinished = await dispatcher.finish(wanted);
        // Of what a stop came before, nobody is told that it was done.
        if (life.isOver || !isFinished) return;
        if (!isSafe) this.#unsafe -= 1;
        if (this.#unsafe === 0) this.onSafe(workspace);
        this.onApplied(workspace);
      }).catch(this.#onFailure);
    });
    this.#lastBegun = begun.catch(this.#onFailure);
  }

  /** An operator ends the pauses of a destination, or of one of its endpoints. */
  resume(destination: string, url: string | null = null): void {
    const dispatcher = this.#dispatcher;
    if (this.#state !== 'up' || dispatcher === null) return;
    this.#inTurn(async () => {
      const { pauses } = this.#parts.witness;
      if (url === null) pauses.allEnded(destination);
      else pauses.ended(url);
      await dispatcher.resume(destination, url);
    }).catch(this.#onFailure);
  }

  /** An operator pauses a destination, or one of its endpoints. */
  pause(destination: string, url: string | null): void {
    const { life } = this;
    const dispatcher = this.#dispatcher;
    if (this.#state !== 'up' || dispatcher === null) return;
    const { pauses } = this.#parts.witness;
    const timesForgotten = pauses.timesForgotten(destination);
    this.#inTurn(async () => {
      const paused = await dispatcher.pause(destination, url).catch((error: unknown) => {
        if (error instanceof SluiceError && error.code === 'store_full') return [];
        throw error;
      });
      if (life.isOver) return;
      // What the workspace is without already, or was meanwhile, is about to be forgotten.
      if (pauses.timesForgotten(destination) > timesForgotten) return;
      const current = this.#parts.workspace.current().destinations.find(({ id }) => id === destination);
      const kept = current?.enabled === true ? current.endpoints.map((each) => each.url) : [];
      for (const each of paused) if (kept.includes(each)) pauses.began(each);
    }).catch(this.#onFailure);
  }

  async stop(drainMs: number): Promise<void> {
    const { life } = this;
    const { ambient, witness, endpoints, storeFaults } = this.#parts;
    this.#state = 'stopping';
    witness.note(`stop within ${drainMs}`);
    witness.hasStopped = true;
    await this.#pruner?.stop();
    await this.#inTurn(async () => {
      // What is in flight when the time is over, and what finds no room to be noted, comes again.
      ambient.after(drainMs, () => {
        if (!life.isOver && endpoints.inFlight > 0) witness.mayRepeat = true;
      });
      if (this.#waitsForRoom || storeFaults.isFull()) witness.mayRepeat = true;
      await this.#dispatcher?.stop(drainMs);
    });
    if (life.isOver) return;
    if (endpoints.inFlight > 0) witness.mayRepeat = true;
    this.#turnOff();
  }

  kill(): void {
    this.#parts.witness.note('kill');
    this.#parts.witness.mayRepeat = true;
    this.disk.kill();
    this.#turnOff();
  }

  cutPower(): void {
    this.#parts.witness.powerCut();
    this.disk.cutPower();
    this.#turnOff();
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(run);
    this.#lastTurn = turn;
    return turn;
  }

  #turnOff(): void {
    this.#state = 'off';
    this.#waitsForRoom = false;
    this.#life.end();
    this.#dispatcher = null;
    this.#ingest = null;
    this.#pruner = null;
  }

  #makeDispatcher(life: Life): Dispatcher {
    const { ambient, log, storeFaults, endpoints, witness, logBytes } = this.#parts;
    const store = makeFaultyDeliveryStore(this.disk.open(ambient.nowMs()), ambient, storeFaults, {
      onSettled: (batch) => {
        if (life.isOver) return;
        for (const settlement of batch) witness.settled(settlement);
      },
      onRefused: () => {
        if (this.#state === 'stopping') witness.mayRepeat = true;
      },
    });
    const telemetry = this.#telemetry(life);
    const mortals = { log: mortal(log, life), store: mortal(store, life), ambient: mortalAmbient(ambient, life) };
    const onFailure = this.#onFailure;
    const openSender = endpoints.senderOf(life);
    this.#dispatcher = new Dispatcher({ node: 'simulated', ...mortals, openSender, telemetry, onFailure });
    if (logBytes !== null) {
      this.#pruner = new Pruner({
        log: mortals.log,
        ambient: mortals.ambient,
        lanes: {
          expire: async (before) => this.#inTurn(async () => this.#dispatcher!.expire(before)),
        },
        retention: { ageMs: Infinity, bytes: logBytes },
        others: [],
        telemetry,
        onFailure,
      });
    }
    return this.#dispatcher;
  }

  readonly #onFailure = (error: unknown): void => {
    this.#parts.witness.breach(
      `the process failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  };

  #telemetry(life: Life): Telemetry {
    const { witness } = this.#parts;
    const note = (what: string): void => {
      if (!life.isOver) witness.note(what);
    };
    return {
      accepted: () => undefined,
      refused: ({ reason }) => {
        note(`refused ${reason}`);
      },
      attempted: () => undefined,
      died: (destination, eventId, reason) => {
        note(`died ${destination} ${witness.positionOf(eventId)} ${reason}`);
      },
      expired: (destination, count) => {
        note(`expired ${destination} ${count}`);
      },
      filtered: () => undefined,
      endpointChanged: ({ endpoint, state, reason }) => {
        note(`endpoint ${endpoint} ${state} ${reason}`);
      },
      trouble: (what) => {
        note(`trouble ${what}`);
        // As the process knows it, which may be later than it is so.
        if (!life.isOver && what.startsWith('no room to note')) this.#waitsForRoom = true;
        if (!life.isOver && what.endsWith('is noted again')) this.#waitsForRoom = false;
        if (what.includes('taken over')) witness.breach(`one process alone, and ${what}`);
      },
    };
  }
}
