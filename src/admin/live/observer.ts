import { epochMs } from '../../common/dates.ts';
import { readEvents } from '../../history/read.ts';
import { currentRelease, listReleases } from '../../releases/store.ts';
import { publicView, type ReleaseView } from '../../releases/view.ts';
import type { RunFolder } from '../../disk/run-folder.ts';
import type { Fleet } from '../../running/operations.ts';
import type { FleetEvent } from '../../running/events.ts';
import { LogTail } from './log-tail.ts';
import { TimelineMarks } from './timeline-marks.ts';
import { sampleMs, Series } from './series.ts';
import type { LiveEvents, Snapshot } from './wire.ts';

/** What those who look at the page hear. */
export type Tell = <E extends keyof LiveEvents>(event: E, data: LiveEvents[E]) => void;

const hourMs = 3_600_000;

/** Remembers what the page shows, whether anybody looks at it or not, and tells what is new. */
export class Observer {
  readonly #run: RunFolder;
  readonly #tell: Tell;
  readonly #series = new Series();
  readonly #moments = new TimelineMarks();
  readonly #log = new LogTail();
  readonly #ends: (() => void)[];

  private constructor(fleet: Fleet, run: RunFolder, tell: Tell) {
    this.#run = run;
    this.#tell = tell;
    const timer = setInterval(() => tell('sample', this.#series.add(fleet.status())), sampleMs).unref();
    this.#ends = [() => clearInterval(timer), fleet.subscribe((event) => this.#heard(event))];
  }

  /** Knows what happened in the hour before from the journal: an earlier supervisor may have seen it. */
  static async begin(fleet: Fleet, run: RunFolder, tell: Tell): Promise<Observer> {
    const before: FleetEvent[] = [];
    for await (const event of readEvents(run.history, { since: epochMs() - hourMs })) before.push(event);
    const observer = new Observer(fleet, run, tell);
    for (const event of before) observer.#moments.add(event);
    return observer;
  }

  #heard(event: FleetEvent): void {
    if (event.type === 'output') {
      this.#tell('log', [this.#log.add(event.time, event.slot, event.line)]);
      return;
    }
    const moment = this.#moments.add(event);
    if (moment !== undefined) this.#tell('moment', moment);
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
