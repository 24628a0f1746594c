import type { Config, Scaling } from '../../config/types.ts';
import { reasonOf } from '../../common/errors.ts';
import { decide, remember } from './autoscale.ts';
import type { Sample, ScalingStatus } from '../../running/status.ts';
import type { Deploys } from '../rollout/deploys.ts';
import type { Happening } from '../events/event-bus.ts';
import { readMemory } from '../../machine/memory.ts';
import type { Pool } from '../pool/pool.ts';
import type { DesiredState } from '../desired/desired-state.ts';
import type { Worker } from '../workers/worker.ts';

const everyMs = 1_000;
/** What a worker reports first is the work of its start. */
const settlingMs = 2_000;
const limitEveryMs = 60_000;

export interface ScalerParts {
  config: Config;
  pool: Pool;
  desired: DesiredState;
  deploys: Deploys;
  happened(event: Happening): void;
}

/** Watches what the workers carry, and changes how many of them are wanted as `decide` says. */
export class Scaler {
  readonly #parts: ScalerParts;
  readonly #timer: NodeJS.Timeout | undefined;
  #samples: Sample[] = [];
  #limit: string | undefined;
  #limitToldAt = Number.NEGATIVE_INFINITY;
  #changing = false;

  constructor(parts: ScalerParts) {
    this.#parts = parts;
    const { scaling } = parts.config;
    if (scaling !== undefined) this.#timer = setInterval(() => this.#look(scaling), everyMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  get status(): ScalingStatus {
    const { desired, config } = this.#parts;
    const { scaling } = config;
    const sample = this.#samples.at(-1);
    return {
      wanted: desired.desired.workers,
      spare: desired.desired.spare,
      ...(scaling && { automatic: { min: scaling.min, max: scaling.max, target: scaling.target } }),
      ...(sample && { sample }),
      ...(desired.lastScaling && { last: desired.lastScaling }),
      ...(this.#limit !== undefined && { limit: this.#limit }),
    };
  }

  #look(scaling: Scaling): void {
    const { desired, deploys } = this.#parts;
    if (desired.stopping || this.#changing) return;
    if (deploys.busy) {
      this.#samples = []; // what two releases do side by side says little about one
      return;
    }
    const sample = this.#sample(scaling);
    if (sample === undefined) return;
    this.#samples = remember(scaling, this.#samples, sample);
    const decision = decide(scaling, this.#samples);
    this.#noteLimit(decision?.limit);
    if (decision?.workers !== undefined) void this.#change(decision.workers, decision.reason);
  }

  async #change(workers: number, reason: string): Promise<void> {
    this.#changing = true;
    try {
      await this.#parts.desired.scale(workers, reason);
    } catch (error) {
      console.error(`the number of workers cannot be changed to ${workers} yet: ${reasonOf(error)}`);
    } finally {
      this.#changing = false;
    }
  }

  #noteLimit(limit: string | undefined): void {
    this.#limit = limit;
    const now = performance.now();
    if (limit === undefined || now - this.#limitToldAt < limitEveryMs) return;
    this.#limitToldAt = now;
    this.#parts.happened({ type: 'limit', text: limit });
  }

  /** undefined while somebody is still missing: then the others carry more than they will. */
  #sample({ target: { memory: share } }: Scaling): Sample | undefined {
    const { pool, desired } = this.#parts;
    const workers = [...pool.workers.values()].filter(({ admitted }) => admitted);
    const serving = workers.filter(settled);
    if (pool.spawning.size > 0 || serving.length !== desired.desired.workers) return undefined;
    const carrying = [...serving, ...workers.filter(({ state }) => state === 'draining')];
    const largest = Math.max(...serving.map(({ load }) => load.rssBytes));
    const memory = readMemory();
    return {
      at: performance.now(),
      workers: serving.length,
      eventLoop: carrying.reduce((sum, { busy }) => sum + busy, 0),
      sessions: carrying.reduce((sum, { present }) => sum + present, 0),
      room: memory ? (memory.totalBytes * share - memory.usedBytes) / largest : null,
    };
  }
}

const settled = ({ state, outgoing, heard, child, readyMs }: Worker): boolean =>
  state === 'ready' && !outgoing && heard && (child === undefined || readyMs >= settlingMs);
