import type { FleetEvent } from '../../../running/events.ts';
import type { Status, WorkerStatus } from '../../../running/status.ts';

/** One look at the fleet. */
export interface Sample {
  /** Monotonic, in milliseconds. */
  at: number;
  status: Status;
  /** Requests a second, by pid. */
  rates: ReadonlyMap<number, number>;
}

/** What a worker did lately, a value for each look, the newest last. */
export interface Track {
  eventLoop: readonly number[];
  memory: readonly number[];
  requests: readonly number[];
}

/** What is known of the app. It is never changed: a paused screen keeps the one that it shows. */
export interface Knowledge {
  sample: Sample;
  /** By `keyOf` a worker. */
  tracks: ReadonlyMap<string, Track>;
  /** The newest last; without the app's output. */
  events: readonly FleetEvent[];
}

/** Looks that are remembered: as many as a sparkline can be wide. */
const remembered = 120;
const eventsKept = 200;

const nothing: Track = { eventLoop: [], memory: [], requests: [] };

/** A slot has several workers while one takes over from the other. */
export const keyOf = ({ slot, pid }: Pick<WorkerStatus, 'slot' | 'pid'>): string => `${slot}/${pid ?? '-'}`;

export function begin(sample: Sample): Knowledge {
  return learn({ sample, tracks: new Map(), events: [] }, sample);
}

/** Workers that are not there any more are forgotten. */
export function learn({ tracks, events }: Knowledge, sample: Sample): Knowledge {
  const next = sample.status.workers.map((worker): [string, Track] => {
    const { eventLoop, memory, requests } = tracks.get(keyOf(worker)) ?? nothing;
    return [
      keyOf(worker),
      {
        eventLoop: append(eventLoop, worker.eventLoopUtilization),
        memory: append(memory, worker.rssBytes),
        requests: append(requests, sample.rates.get(worker.pid ?? 0) ?? 0),
      },
    ];
  });
  return { sample, tracks: new Map(next), events };
}

const append = (values: readonly number[], value: number): number[] => [...values, value].slice(-remembered);

export function hear(knowledge: Knowledge, event: FleetEvent): Knowledge {
  if (event.type === 'output') return knowledge;
  return { ...knowledge, events: [...knowledge.events, event].slice(-eventsKept) };
}
