import { currentRelease, listReleases } from '../releases/store.ts';
import { publicView, type ReleaseView } from '../releases/view.ts';
import type { RunFolder } from '../run-folder.ts';
import type { Fleet, FleetEvent } from '../supervisor/types.ts';
import { LogTail } from './log-tail.ts';
import { Moments } from './moments.ts';
import { sampleMs, Series } from './series.ts';
import type { LiveEvents, Snapshot } from './wire.ts';

/** What those who look at the page hear. */
export type Tell = <E extends keyof LiveEvents>(event: E, data: LiveEvents[E]) => void;

/** Remembers what the page shows, whether anybody looks at it or not, and tells what is new. */
export class Observer {
  readonly #run: RunFolder;
  readonly #tell: Tell;
  readonly #series = new Series();
  readonly #moments: Moments;
  readonly #log = new LogTail();
  readonly #ends: (() => void)[];

  constructor(fleet: Fleet, run: RunFolder, tell: Tell) {
    this.#run = run;
    this.#tell = tell;
    this.#moments = new Moments((moment) => tell('moment', moment));
    this.#moments.add(Date.now(), 'supervisor', 'The supervisor started');
    const timer = setInterval(() => tell('sample', this.#series.add(fleet.status())), sampleMs).unref();
    this.#ends = [() => clearInterval(timer), fleet.subscribe((event) => this.#heard(event))];
  }

  #heard(event: FleetEvent): void {
    if (event.type === 'output') {
      this.#tell('log', [this.#log.add(event.time, event.slot, event.line)]);
      return;
    }
    this.#moments.heard(event);
  }

  async releases(): Promise<ReleaseView[]> {
    const current = currentRelease(this.#run);
    return (await listReleases(this.#run.releases)).map((release) => publicView(release, current));
  }

  /** What is in memory, as it is now. */
  remembered(): Pick<Snapshot, 'series' | 'moments' | 'log'> {
    return { series: this.#series.view(), moments: this.#moments.list(), log: this.#log.list() };
  }

  close(): void {
    for (const end of this.#ends) end();
  }
}
