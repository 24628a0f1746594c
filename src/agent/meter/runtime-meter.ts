import type { Family } from '../../protocol/metrics.ts';
import { byLabel, single } from './family.ts';
import { builtin } from '../runtime/builtin.ts';
import { setInterval } from '../runtime/timers.ts';
import {
  eventLoopUtilization,
  gcConstants,
  monitorEventLoopDelay,
  PerformanceObserver,
  timeOrigin,
} from '../runtime/originals.ts';

let latest: NodeJS.MemoryUsage = { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 };

/**
 * What this process uses. Node reads a file for it, which fails where no descriptor is left: then what was true before
 * is said again, since an error would end the app.
 */
export function memoryUsage(): NodeJS.MemoryUsage {
  try {
    latest = process.memoryUsage();
  } catch {
    // Until clients have gone.
  }
  return latest;
}

/** How often the event loop's lateness is taken: each time wakes an idle process. */
const resolutionMs = 50;
/** Lateness is told of the last whole span and the current one together. */
const spanMs = 10_000;

interface Lateness {
  p50: number;
  p99: number;
  max: number;
}

const none: Lateness = { p50: 0, p99: 0, max: 0 };

/** Node counts from one look to the next, so the time between two looks is in it. */
const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1e3);

/** Counts what Node and V8 do in this process. */
export class RuntimeMeter {
  readonly #gc = new GcMeter();
  readonly #delays: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #before = none;
  #utilization = 0;
  #heapLimit: Family[] = [];

  constructor() {
    try {
      this.#delays = monitorEventLoopDelay({ resolution: resolutionMs });
      this.#delays.enable();
      setInterval(() => this.#turn(), spanMs).unref();
    } catch {
      // This Node cannot say; the figures stay 0.
    }
  }

  /** `utilization` of the last second, 0 to 1. */
  reported(utilization: number): void {
    this.#utilization = utilization;
  }

  /** It is told from then on that somebody has asked for it: it never changes, and Node loads `v8` for it. */
  readHeapLimit(): void {
    if (this.#heapLimit.length > 0) return;
    try {
      const { heap_size_limit: limit } = builtin('v8').getHeapStatistics();
      this.#heapLimit = [single('radiant_heap_limit_bytes', limit)];
    } catch {
      // By now it may be the app's own, which cannot say.
    }
  }

  #turn(): void {
    this.#before = this.#now;
    this.#delays?.reset();
  }

  get #now(): Lateness {
    const delays = this.#delays;
    // Without an observation the least is larger than the most.
    if (delays === undefined || delays.max < delays.min) return none;
    return {
      p50: seconds(delays.percentile(50)),
      p99: seconds(delays.percentile(99)),
      max: seconds(delays.max),
    };
  }

  families(): Family[] {
    const { active, idle } = eventLoopUtilization();
    const { heapUsed, heapTotal, external, rss } = memoryUsage();
    const { user, system } = process.cpuUsage();
    const [now, before] = [this.#now, this.#before];
    return [
      single('radiant_event_loop_active_seconds_total', active / 1e3),
      single('radiant_event_loop_idle_seconds_total', idle / 1e3),
      single('radiant_event_loop_utilization_ratio', this.#utilization),
      single('radiant_event_loop_delay_p50_seconds', Math.max(now.p50, before.p50)),
      single('radiant_event_loop_delay_p99_seconds', Math.max(now.p99, before.p99)),
      single('radiant_event_loop_delay_max_seconds', Math.max(now.max, before.max)),
      single('radiant_heap_used_bytes', heapUsed),
      single('radiant_heap_size_bytes', heapTotal),
      ...this.#heapLimit,
      single('radiant_external_memory_bytes', external),
      single('radiant_resident_memory_bytes', rss),
      ...this.#gc.families(),
      byLabel('radiant_cpu_seconds_total', [
        ['user', user / 1e6],
        ['system', system / 1e6],
      ]),
      single('radiant_worker_start_time_seconds', timeOrigin / 1e3),
    ];
  }
}

/** The numbers of the types differ between versions of Node. */
const gcTypes: Readonly<Record<number, string>> = {
  [gcConstants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [gcConstants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [gcConstants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [gcConstants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak_callbacks',
};

/** Counts garbage collections. */
class GcMeter {
  readonly #runs = new Map<string, number>();
  readonly #seconds = new Map<string, number>();

  constructor() {
    try {
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) this.#ran(entry);
      }).observe({ entryTypes: ['gc'] });
    } catch {
      // This Node cannot say.
    }
  }

  #ran(entry: GcEntry): void {
    const { duration, detail } = entry;
    // Until Node 16 the kind stands in the entry itself; later a look at it there prints a warning (DEP0152).
    const type = gcTypes[detail?.kind ?? entry.kind ?? 0] ?? 'other';
    this.#runs.set(type, (this.#runs.get(type) ?? 0) + 1);
    this.#seconds.set(type, (this.#seconds.get(type) ?? 0) + duration / 1e3);
  }

  families(): Family[] {
    return [byLabel('radiant_gc_runs_total', this.#runs), byLabel('radiant_gc_seconds_total', this.#seconds)];
  }
}

interface GcEntry {
  /** Milliseconds. */
  duration: number;
  detail?: { kind?: number };
  kind?: number;
}
