import { lstatSync } from 'node:fs';
import { basename, join } from 'node:path';
import { removeEntry, someNames } from '../../disk/foreign-folder.ts';
import { Stillness } from '../../common/stillness.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import type { EventBus } from '../events/event-bus.ts';
import type { FleetEvent } from '../../running/events.ts';
import { snapshotFolder } from '../workers/snapshot-folder.ts';
import type { Worker } from '../workers/worker.ts';

/** Node's own names (`Heap.DATE.TIME.PID.THREAD.NUMBER.heapsnapshot`), and what it writes when one is complete. */
const named = /^Heap\.\d+\.\d+\.(\d+)\.\d+\.\d+\.heapsnapshot$/;
const wrote = /Wrote snapshot to (.+)$/;
/** A snapshot that has not grown for so long is no excuse any more. */
const longestMs = 600_000;
/** So many names in a folder are looked at. */
const mostFiles = 1_000;

/** Tells of the heap snapshots that Node writes for workers near their heap limit, and keeps the newest of them. */
export class HeapSnapshots {
  readonly #run: RunFolder;
  readonly #kept: number;
  readonly #events: EventBus;
  readonly #complete = new Set<string>();
  readonly #growing = new Map<string, Stillness>();

  constructor(run: RunFolder, kept: number, events: EventBus) {
    this.#run = run;
    this.#kept = kept;
    this.#events = events;
    if (kept > 0) events.subscribe((event) => this.#hear(event));
  }

  /** The event loop of this worker stands still because a snapshot is being written. */
  writing(worker: Worker): boolean {
    return filesIn(snapshotFolder(this.#run, worker.release)).some(
      ({ path, pid, at }) =>
        pid === worker.record.pid && !this.#complete.has(path) && this.#stillMs(path, at) < longestMs,
    );
  }

  #stillMs(path: string, at: number): number {
    const growing = this.#growing.get(path) ?? new Stillness();
    this.#growing.set(path, growing);
    return growing.look(String(at));
  }

  #hear(event: FleetEvent): void {
    const path = event.type === 'output' ? wrote.exec(event.line)?.[1] : undefined;
    if (event.type !== 'output' || path === undefined || this.#complete.has(path)) return;
    // An app may write anything: only a file that is there is one.
    if (!named.test(basename(path))) return;
    const all = this.#all().toSorted((a, b) => b.at - a.at);
    const file = all.find((each) => each.path === path);
    if (file === undefined) return;
    this.#growing.delete(path);
    this.#events.happened({ type: 'snapshot', slot: event.slot, pid: file.pid, file: path });
    for (const old of all.slice(this.#kept)) removeEntry(old.path);
    const kept = all.slice(0, this.#kept).map((each) => each.path);
    for (const each of this.#complete) if (!kept.includes(each)) this.#complete.delete(each);
    this.#complete.add(path);
  }

  #all(): SnapshotFile[] {
    return someNames(this.#run.releases, mostFiles).flatMap((name) =>
      filesIn(snapshotFolder(this.#run, Number(name))),
    );
  }
}

interface SnapshotFile {
  path: string;
  pid: number;
  /** When it was last written to. */
  at: number;
}

function filesIn(folder: string): SnapshotFile[] {
  return someNames(folder, mostFiles).flatMap((name) => {
    const pid = named.exec(name)?.[1];
    const path = join(folder, name);
    const info = pid === undefined ? undefined : lstatSync(path, { throwIfNoEntry: false });
    return info?.isFile() ? [{ path, pid: Number(pid), at: info.mtimeMs }] : [];
  });
}
