import { bytesOf, modes, type Case, type Mode } from './case.ts';
import { comparable, differences, numbersSeen, type Comparable, type Difference } from './compare.ts';
import { Connection } from './connection.ts';
import { silenceMs } from './exchange.ts';
import { makeCase } from './grammar.ts';
import { makeStreamCase } from './grammar-streams.ts';
import { play, type Outcome } from './play.ts';
import { Random } from '../support/random.ts';
import type { Stage } from './stage.ts';
import { bare, chosen, ways, type Way } from './ways.ts';

/** An exchange that was not as with the bare app. */
export interface Finding {
  /** Of the case. */
  seed: string;
  made: Case;
  way: Way;
  odd: boolean;
  differences: Difference[];
  /** In so many of the repetitions it was the same. */
  repeated: string;
}

export interface Tally {
  cases: number;
  exchanges: number;
  /** Cases that the bare app itself treats now so, now so. */
  dropped: number;
  findings: Finding[];
}

const atOnce = 40;
/** All wait for the last cases of a mode: so much of it has none that take long. */
const calmAtLast = 0.4;
/** These cases go one way only, the others all other ones. */
const streamPercent = ways.every(({ http2 }) => http2) ? 100 : 40;
/** So many of them are said to the redirecting port, too. */
const redirectPercent = 10;
const repetitions = 3;
/** Kinds that came so often are known: they are counted, not repeated. */
const knownAfter = 3;

const key = (outcome: Comparable): string => JSON.stringify(outcome);

/** Plays cases on one Node in all ways. */
export class Runner {
  readonly tally: Tally = { cases: 0, exchanges: 0, dropped: 0, findings: [] };
  readonly #stage: Stage;
  readonly #kinds = new Map<string, number>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Plays cases in all modes until there were so many exchanges. */
  async run(seed: string, exchanges: number): Promise<void> {
    for (const [i, mode] of modes.entries()) {
      const share = exchanges / modes.length;
      const until = Math.ceil(share * (i + 1));
      // oxlint-disable-next-line no-await-in-loop -- a mode is one of all processes
      await this.#stage.observer.setMode(mode);
      let number = 0;
      const worker = async (): Promise<void> => {
        while (this.tally.exchanges < until) {
          const calm = until - this.tally.exchanges < calmAtLast * share ? 'calm-' : '';
          // oxlint-disable-next-line no-await-in-loop
          await this.one(`${seed}-${mode}-${calm}${(number += 1)}`, mode);
        }
      };
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all(Array.from({ length: atOnce }, worker));
    }
  }

  /** Plays the case that a report names. */
  async again(seed: string): Promise<void> {
    const mode = modes.find((name) => seed.includes(`-${name}-`));
    if (mode === undefined) throw new Error(`no case has the seed ${seed}`);
    await this.#stage.observer.setMode(mode);
    await this.one(seed, mode);
  }

  /** Plays the case of a seed in all ways. */
  async one(seed: string, mode: Mode): Promise<void> {
    const random = new Random(seed);
    const isStream = this.#stage.http2 && ways.some(({ http2 }) => http2) && random.percent(streamPercent);
    const made = isStream ? makeStreamCase(random, mode) : makeCase(random, mode, seed.includes('-calm-'));
    const odd = random.percent(50);
    this.tally.cases += 1;
    const outcomes = [await play(this.#stage, made, bare, false), await play(this.#stage, made, bare, true)];
    const expected = outcomes.map((outcome) => comparable(outcome, bare));
    if (key(expected[0]!) !== key(expected[1]!)) {
      this.tally.dropped += 1;
      return;
    }
    if (chosen === undefined && random.percent(redirectPercent)) await this.#redirected(made);
    const fitting = ways.filter(({ http2 }) => http2 === (isStream || undefined));
    await Promise.all(fitting.map((way) => this.#compare({ seed, made, way, odd }, expected[0]!)));
  }

  /** Who comes in the clear is sent away: whatever he says, the worker that does so must live. */
  async #redirected(made: Case): Promise<void> {
    this.tally.exchanges += 1;
    const connection = new Connection({ port: this.#stage.redirectPort, host: '127.0.0.1' });
    connection.send(bytesOf(made, { id: 'redirect', slot: () => 1, proxied: false }));
    await connection.answer('GET', silenceMs);
    connection.close();
  }

  async #compare(finding: Omit<Finding, 'differences' | 'repeated'>, expected: Comparable): Promise<void> {
    const { made, way, odd } = finding;
    this.tally.exchanges += 1;
    const first = await this.#differences(made, way, odd, expected);
    if (first.length === 0) return;
    const groups = first.map(({ kind }) => `${way.name} ${kind}`);
    const known = groups.every((group) => (this.#kinds.get(group) ?? 0) >= knownAfter);
    let again = 0;
    if (!known) {
      for (let i = 0; i < repetitions; i += 1) {
        // oxlint-disable-next-line no-await-in-loop
        const unstable = comparable(await play(this.#stage, made, bare, i % 2 === 1), bare);
        if (key(unstable) !== key(expected)) {
          this.tally.dropped += 1;
          return;
        }
        // oxlint-disable-next-line no-await-in-loop
        if ((await this.#differences(made, way, odd, expected)).length > 0) again += 1;
      }
    }
    for (const group of groups) this.#kinds.set(group, (this.#kinds.get(group) ?? 0) + 1);
    this.tally.findings.push({
      ...finding,
      differences: first,
      repeated: known ? 'known' : `${again} of ${repetitions}`,
    });
  }

  async #differences(made: Case, way: Way, odd: boolean, expected: Comparable): Promise<Difference[]> {
    const outcome = await play(this.#stage, made, way, odd, numbersSeen(expected));
    const found = differences(expected, comparable(outcome, way), way, made);
    return [...found, ...(made.malformed ? [] : this.#wrongWorkers(outcome, way))];
  }

  /** Each request must have come to the worker that it belongs to, if that could be read. */
  #wrongWorkers({ saw, slots }: Outcome, { stand }: Way): Difference[] {
    const wrong = saw.filter(({ id, pid, event }) => {
      const number = id.split('.')[1];
      const slot = slots[number === 'next' ? slots.length - 1 : Number(number)];
      return event === 'request' && slot !== undefined && this.#stage.slotOf(stand, pid) !== slot;
    });
    return wrong.map(({ pid }) => ({
      kind: 'another worker answered',
      bare: slots,
      got: this.#stage.slotOf(stand, pid),
    }));
  }
}
