import { chownSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../bundle/account.ts';
import { Stillness } from '../stillness.ts';
import type { RunFolder } from '../run-folder.ts';
import type { EventBus } from './event-bus.ts';
import type { FleetEvent } from './types.ts';
import type { Worker } from './worker.ts';

/** Node's own names (`Heap.DATE.TIME.PID.THREAD.NUMBER.heapsnapshot`), and what it writes when one is complete. */
const named = /^Heap\.\d+\.\d+\.(\d+)\.\d+\.\d+\.heapsnapshot$/;
const wrote = /Wrote snapshot to (.+)$/;
/** A snapshot that has not grown for so long is no excuse any more. */
const longestMs = 600_000;

export const snapshotFolder = ({ releases }: RunFolder, release: number): string =>
  join(releases, String(release), 'heap');

/** Makes the folder that the workers of a release write their snapshots to: they hold all that the app knows. */
export function makeSnapshotFolder(folder: string, account: Account | undefined): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
  return folder;
}

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
    if (event.type !== 'output' || path === undefined) return;
    // An app may write anything: only a file that is there is one.
    const file = this.#all().find((each) => each.path === path);
    if (file === undefined || this.#complete.has(path)) return;
    this.#complete.add(path);
    this.#growing.delete(path);
    this.#events.happened({ type: 'snapshot', slot: event.slot, pid: file.pid, file: path });
    for (const old of this.#all()
      .toSorted((a, b) => b.at - a.at)
      .slice(this.#kept)) {
      rmSync(old.path, { force: true });
      this.#complete.delete(old.path);
    }
  }

  #all(): SnapshotFile[] {
    return list(this.#run.releases).flatMap((name) => filesIn(snapshotFolder(this.#run, Number(name))));
  }
}

interface SnapshotFile {
  path: string;
  pid: number;
  /** When it was last written to. */
  at: number;
}

function filesIn(folder: string): SnapshotFile[] {
  return list(folder).flatMap((name) => {
    const pid = named.exec(name)?.[1];
    const at = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs;
    return pid === undefined || at === undefined ? [] : [{ path: join(folder, name), pid: Number(pid), at }];
  });
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it is not there
  }
}
