import { createHash } from 'node:crypto';
import { openSqliteEventLog, type SqliteEventLog } from '../../src/adapters/sql/sqlite-event-log.ts';
import { openWorkspace } from '../support/workspace.ts';
import { replayLanesOf } from '../../src/domain/lane-plan.ts';
import { makeSource, type Source } from '../../src/domain/source.ts';
import type { Dispatcher } from '../../src/pipeline/dispatch.ts';
import type { WorkspaceStore } from '../../src/ports/workspace-store.ts';
import { makeFaultyEventLog } from '../support/faulty-event-log.ts';
import { SimulatedAmbient } from '../support/simulated-ambient.ts';
import { Dice } from './dice.ts';
import { Endpoints, HANGING, HEALTHY, MOODS } from './endpoints.ts';
import { Libraries, WRITE_KEYS } from './libraries.ts';
import { Machine } from './machine.ts';
import { Operator, STEADY } from './operator.ts';
import { Replayer } from './replayer.ts';
import { type Plan, planOf } from './plan.ts';
import { checkBounds, checkEnds, checkSteady } from './verdict.ts';
import { urlOf, Witness } from './witness.ts';

/** What became of one seed. */
export interface Result {
  readonly seed: number;
  /** Promises that were broken; empty when all held. */
  readonly broken: readonly string[];
  /** Of all that happened, in order: the same seed has the same one. */
  readonly hash: string;
  /** The last of what happened, where something was broken. */
  readonly trace: readonly string[];
  readonly events: number;
}

const HOUR_MS = 3_600_000;
/** Time moves on by one of these between two steps: within the 5 ms in which outcomes gather, and over whole retries. */
const STEPS_MS = [0, 0, 1, 4, 20, 100, 700, 3_000];
/** How long everything has to recover in, in looks that get rarer. */
const RECOVERY_MS = [2_000, 5_000, 10_000, 30_000, 60_000, 600_000, HOUR_MS, 2 * HOUR_MS];
/** Where the log is pruned, each of its commits is a segment, and a few of these are kept. */
const TINY_SEGMENTS = { segmentBytesMax: 1 };
const KEPT_BYTES = 4 * 16 * 1024;
/** Retention is looked at once in this time. */
const LOOK_MS = 60_000;

/** Everything of one seed: the world, and the Sluice in it. */
export class Simulation {
  readonly ambient: SimulatedAmbient;
  readonly plan: Plan;
  readonly witness: Witness;
  readonly endpoints: Endpoints;
  readonly machine: Machine;
  readonly libraries: Libraries;
  readonly operator: Operator;
  readonly replayer: Replayer;
  readonly workspace: WorkspaceStore;
  readonly log: SqliteEventLog;
  /** How far checks have looked that are made at each step. */
  readonly looked = { steady: 0 };
  readonly #dice: Dice;
  /** From when on nothing goes wrong any more but what is going wrong. */
  #isRecovering = false;
  #isStoreFull = false;
  #clockOffsetMs = 0;

  static async run(seed: number): Promise<Result> {
    const ambient = new SimulatedAmbient({ seed });
    const dice = new Dice(seed);
    const plan = planOf(dice);
    const limits = plan.hasPruning ? TINY_SEGMENTS : {};
    const failures: unknown[] = [];
    const onFailure = (error: unknown): void => void failures.push(error);
    const log = await openSqliteEventLog({ folder: ':memory:', ambient, limits, onFailure });
    const simulation = new Simulation(plan, dice, ambient, log);
    try {
      await simulation.#begin();
      for (let step = 0; step < simulation.plan.steps; step += 1) await simulation.#step();
      await simulation.#recover();
      await checkEnds(simulation);
    } catch (error) {
      simulation.witness.breach(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    for (const failure of failures) simulation.witness.breach(`the log failed: ${String(failure)}`);
    simulation.machine.disk.close();
    await simulation.workspace.close();
    await log.close();
    return simulation.#result(seed);
  }

  private constructor(plan: Plan, dice: Dice, ambient: SimulatedAmbient, log: SqliteEventLog) {
    this.plan = plan;
    this.ambient = ambient;
    this.log = log;
    this.#dice = dice;
    this.witness = new Witness(ambient, { forgets: plan.hasPruning });
    this.witness.epoch = log.epoch;
    this.witness.hasReplays = plan.hasReplays;
    this.endpoints = new Endpoints(ambient, dice, this.witness);
    this.workspace = openWorkspace();
    const end = (): number => this.witness.stored.at(-1)?.position ?? 0;
    this.replayer = new Replayer(this.workspace, dice, end);
    this.machine = new Machine({
      replays: () => this.replayer.slices,
      ...{ ambient, workspace: this.workspace, endpoints: this.endpoints, witness: this.witness },
      log: this.#faultyLog(),
      storeFaults: { isFull: () => this.#isStoreFull, delayMs: () => this.#delayMs(this.plan.storeIsSlow, 100) },
      logBytes: this.plan.hasPruning ? KEPT_BYTES : null,
    });
    this.libraries = new Libraries(ambient, dice, this.machine, this.witness);
    this.operator = new Operator(this.workspace, dice, end, {
      witness: this.witness,
      hasBatches: !plan.hasPruning,
    });
  }

  async #begin(): Promise<void> {
    const { machine, operator, workspace } = this;
    const source = (id: string, ...writeKeys: readonly string[]): Source =>
      makeSource({ id, enabled: id !== 'off', writeKeys });
    const { web, web2, mobile, off } = WRITE_KEYS;
    const putSources = [source('web', web, web2), source('mobile', mobile), source('off', off)];
    await workspace.commit({ putSources }, 0, 'file', 0);
    machine.onSafe = (safe) => {
      operator.isSafe(safe);
    };
    machine.onApplied = (applied) => {
      operator.applied(applied);
    };
    workspace.watch((current) => {
      machine.update(current);
    });
    await operator.install();
    for (const id of ['d0', 'd1', 'd2', 'd3']) for (const number of [0, 1, 2]) this.#beginMood(id, number);
    this.#start();
  }

  #beginMood(id: string, number: number): void {
    // So slow that the log goes on without it.
    if (this.plan.hasPruning && id === 'd0') this.endpoints.be(urlOf(id, number), HANGING);
    else if (this.#dice.onceIn(2)) this.endpoints.be(urlOf(id, number), this.#dice.oneOf(MOODS));
  }

  #start(): void {
    this.machine.start().catch((error: unknown) => {
      this.witness.breach(`cannot start: ${String(error)}`);
    });
  }

  async #step(): Promise<void> {
    if (this.machine.state === 'off' && this.#dice.onceIn(2)) this.#start();
    await this.#act();
    await this.ambient.advance(this.plan.hasPruning && this.#dice.onceIn(5) ? LOOK_MS : this.#dice.oneOf(STEPS_MS));
    checkSteady(this);
    if (this.#dice.onceIn(4)) checkBounds(this);
    if (this.plan.hasPowerCuts && this.#dice.onceIn(8)) this.machine.disk.sync();
  }

  async #act(): Promise<void> {
    const { plan, libraries } = this;
    const dice = this.#dice;
    if (plan.hasReplays && dice.onceIn(4)) this.#replay();
    if (plan.hasPauses && dice.onceIn(4)) this.operator.pauseOrResume(this.machine);
    switch (dice.upTo(11)) {
      case 0:
        if (plan.hasCrashes) this.#crash();
        break;
      case 1:
        if (plan.hasStops && this.machine.state === 'up') this.#stop();
        break;
      case 2:
      case 3:
        this.endpoints.be(urlOf(`d${dice.upTo(3)}`, dice.upTo(2)), dice.oneOf(MOODS));
        break;
      case 4:
        if (plan.hasOperator) await this.operator.change();
        else if (dice.onceIn(4)) this.machine.resume(`d${dice.upTo(3)}`);
        break;
      case 5:
        if (plan.hasClockJumps) this.#setClock(dice.oneOf([-HOUR_MS, 0, HOUR_MS]));
        break;
      case 6:
        this.#isStoreFull = plan.storeGetsFull && !this.#isStoreFull;
        break;
      case 7:
        libraries.repeat();
        break;
      case 8:
        libraries.single();
        break;
      default:
        libraries.batch(this.#batchSize());
    }
  }

  #replay(): void {
    this.replayer.act();
    this.machine.update(this.workspace.current());
  }

  #batchSize(): number {
    if (this.plan.hasFlood && this.#dice.onceIn(3)) return 2_400;
    if (this.plan.hasBursts && this.#dice.onceIn(3)) return 1_100;
    if (this.plan.hasPruning && this.#dice.onceIn(3)) return 60;
    return 1 + this.#dice.upTo(this.#dice.onceIn(2) ? 1 : 9);
  }

  /** An hour ahead, an hour behind, or right again: retries that were parked before may come two hours later. */
  #setClock(offsetMs: number): void {
    this.ambient.jump(offsetMs - this.#clockOffsetMs);
    this.#clockOffsetMs = offsetMs;
  }

  #crash(): void {
    if (this.machine.state === 'off') return;
    if (this.plan.hasPowerCuts && this.#dice.onceIn(2)) this.machine.cutPower();
    else this.machine.kill();
  }

  #stop(): void {
    this.machine.stop(this.#dice.oneOf([0, 50, 10_000])).catch((error: unknown) => {
      this.witness.breach(`cannot stop: ${String(error)}`);
    });
  }

  /** All goes well from now on; after a while nothing may be owed any more. */
  async #recover(): Promise<void> {
    this.#isRecovering = true;
    this.#isStoreFull = false;
    this.replayer.allGoOn();
    this.machine.update(this.workspace.current());
    this.endpoints.allRecover();
    this.endpoints.be(urlOf(STEADY, 0), HEALTHY);
    for (const ms of RECOVERY_MS) {
      if (this.machine.state === 'off') this.#start();
      for (const { id } of this.workspace.current().destinations) this.machine.resume(id);
      await this.ambient.advance(ms);
      if (await this.#isQuiet()) return;
    }
    this.witness.breach(
      `still busy: ${this.machine.state}, ${JSON.stringify(await this.machine.dispatcher?.status())}`,
    );
  }

  async #isQuiet(): Promise<boolean> {
    const { dispatcher, disk } = this.machine;
    if (dispatcher === null || this.libraries.unanswered > 0 || this.endpoints.inFlight > 0) return false;
    const { end } = await this.log.extent();
    const owing = disk.rows(`
      select 1 from lane where is_dropped = 0
        and ((floor < ${end} and name not like '%@%') or exists (select 1 from parked where parked.lane = lane.id))`);
    return owing.length === 0 && (await this.#areReplaysThrough(dispatcher));
  }

  async #areReplaysThrough(dispatcher: Dispatcher): Promise<boolean> {
    const { destinations } = this.workspace.current();
    for (const slice of this.replayer.slices) {
      const destination = destinations.find(({ id }) => id === slice.destination);
      const plans = destination === undefined ? [] : replayLanesOf(destination, slice);
      const running = plans.map(({ id }) => id);
      if (!(await dispatcher.replayStanding(slice.lanes, running)).isThrough) return false;
    }
    return true;
  }

  #faultyLog(): SqliteEventLog {
    const append = (): 'none' | 'log_full' | 'log_busy' | 'partly' => {
      if (!this.plan.logFails || this.#isRecovering || !this.#dice.onceIn(3)) return 'none';
      return this.#dice.oneOf(['log_full', 'log_busy', 'partly']);
    };
    const faults = { append, delayMs: () => this.#delayMs(this.plan.logIsSlow, 300) };
    return makeFaultyEventLog(this.log, this.ambient, faults, this.witness.onStored);
  }

  #delayMs(isSlow: boolean, maxMs: number): number {
    return isSlow && !this.#isRecovering && this.#dice.onceIn(3) ? this.#dice.upTo(maxMs) : 0;
  }

  #result(seed: number): Result {
    const { broken, trace, stored } = this.witness;
    const hash = createHash('sha1').update(trace.join('\n')).digest('hex');
    return { seed, broken, hash, trace: broken.length > 0 ? trace : [], events: stored.length };
  }
}
